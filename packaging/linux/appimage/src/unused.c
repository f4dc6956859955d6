/* Functions that squashfuse refers to and that are never called; defined to avoid their libraries.
 *
 * squashfuse supports six compressions. The images use zstd; the libraries of the others are left out
 * (lzo's is under the GPL), and an image with one of them fails to open. Its usage text and FUSE's
 * character devices would add FUSE's command line, with modules loaded at run time. */

int LZ4_decompress_safe(void);
int lzma_alone_decoder(void);
int lzma_code(void);
int lzma_end(void);
int lzma_stream_buffer_decode(void);
int lzo1x_decompress_safe(void);
int uncompress(void);
void fuse_cmdline_help(void);
void cuse_lowlevel_init(void);

enum { ANSWER = -1 }; /* not a success code in any of the libraries */

int LZ4_decompress_safe(void) { return ANSWER; }
int lzma_alone_decoder(void) { return ANSWER; }
int lzma_code(void) { return ANSWER; }
int lzma_end(void) { return ANSWER; }
int lzma_stream_buffer_decode(void) { return ANSWER; }
int lzo1x_decompress_safe(void) { return ANSWER; }
int uncompress(void) { return ANSWER; }
void fuse_cmdline_help(void) {}
void cuse_lowlevel_init(void) {}
