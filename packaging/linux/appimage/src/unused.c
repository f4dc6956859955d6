/* What squashfuse refers to and we never call; answered here, so that it need not be linked.
 *
 * It knows six compressions. Our images are made with zstd; the libraries of the others stay out
 * (lzo's is under the GPL), and an image that asks for one of them is answered "failed". Its usage
 * text and FUSE's character devices would bring in FUSE's command line, with modules loaded at run time. */

int LZ4_decompress_safe(void);
int lzma_alone_decoder(void);
int lzma_code(void);
int lzma_end(void);
int lzma_stream_buffer_decode(void);
int lzo1x_decompress_safe(void);
int uncompress(void);
void fuse_cmdline_help(void);
void cuse_lowlevel_init(void);

enum { ANSWER = -1 }; /* no library's word for success */

int LZ4_decompress_safe(void) { return ANSWER; }
int lzma_alone_decoder(void) { return ANSWER; }
int lzma_code(void) { return ANSWER; }
int lzma_end(void) { return ANSWER; }
int lzma_stream_buffer_decode(void) { return ANSWER; }
int lzo1x_decompress_safe(void) { return ANSWER; }
int uncompress(void) { return ANSWER; }
void fuse_cmdline_help(void) {}
void cuse_lowlevel_init(void) {}
