/* Declarations shared by the parts of the AppImage's runtime. */
#ifndef RUNTIME_H
#define RUNTIME_H

/* squashfuse's settings come first: they define which version of FUSE its functions use. */
#include <squashfuse/ll.h>

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define NAME "runcomfy-desktop"
#define SELF "/proc/self/exe"

/* The program's process, watched by the process that cleans up after it. */
struct program {
	pid_t pid;
	int pidfd; /* -1 if the kernel has none (before 5.3): then the parent process is checked */
};

/* image.c: the file system after the ELF file. Each returns NULL, or a text for the error. */
const char *image_offset(size_t *offset);
const char *image_extract(size_t offset, int into, const struct program *stop_with);
const char *image_remove(const char *folder);

/* mount.c: serves the image until the program has ended and the folder is no longer in use.
 * Returns false at once, without a message, if the image cannot be mounted here. */
bool mount_and_serve(const char *folder, size_t offset, const struct program *program, int answer);

/* keeper.c */
enum { MOUNTED = 'm', EXTRACTED = 'x', FAILED = 'f' };

/* Starts the process that mounts or extracts the image and cleans up when this process has ended.
 * Returns MOUNTED or EXTRACTED with the folder in `text`, or FAILED with a sentence. */
int keeper_start(size_t offset, bool may_mount, char *text, size_t size);
void keeper_answer(int answer, int kind, const char *text);
bool program_has_ended(const struct program *program);
void program_wait(const struct program *program);

#endif
