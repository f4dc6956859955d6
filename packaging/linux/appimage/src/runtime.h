/* What the parts of the AppImage's runtime know of each other. */
#ifndef RUNTIME_H
#define RUNTIME_H

/* squashfuse's own settings come first: they say which version of FUSE its functions speak. */
#include <squashfuse/ll.h>

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define NAME "runcomfy-desktop"
#define SELF "/proc/self/exe"

/* The program's process, watched by the process that cleans up behind it. */
struct program {
	pid_t pid;
	int pidfd; /* -1 where the kernel has none (before 5.3): then its parent is asked about */
};

/* image.c: the file system behind the ELF file. Each returns NULL, or what went wrong. */
const char *image_offset(size_t *offset);
const char *image_extract(size_t offset, int into, const struct program *stop_with);
const char *image_remove(const char *folder);

/* mount.c: serves the image until the program has ended and nobody uses the folder any more.
 * Returns false at once, and silently, where this cannot be done here. */
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
