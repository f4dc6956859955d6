/* The runtime of the AppImage (type 2): this program, followed in the same file by a squashfs image.
 *
 * It mounts the image with FUSE, or extracts it if that fails, and then executes the program in it. A
 * second process, the keeper, serves the image and removes every trace of it when the program has
 * ended, however it ended. Linked statically: it needs only a kernel and, to mount, fusermount3. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRONG_USE = 2, CANNOT_RUN = 127 };

static const char help[] =
	"Options of the AppImage itself; all others go to the program:\n"
	"  --appimage-extract          unpack everything into ./squashfs-root\n"
	"  --appimage-extract-and-run  run from an unpacked copy, without FUSE (also by setting\n"
	"                              APPIMAGE_EXTRACT_AND_RUN=1); the copy is removed afterwards\n"
	"  --appimage-mount            mount, print the folder, unmount at Ctrl+C\n"
	"  --appimage-offset           print where in this file the squashfs image begins\n"
	"  --appimage-version          print what kind of AppImage this is\n"
	"  --appimage-help             print this\n";

static int say(const char *what, const char *why)
{
	fprintf(stderr, NAME " (AppImage): %s: %s\n", what, why);
	return CANNOT_RUN;
}

static int extract_here(size_t offset)
{
	static const char folder[] = "squashfs-root";
	if (mkdir(folder, 0755) != 0)
		return say("cannot make the folder squashfs-root", strerror(errno));
	int into = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (into < 0)
		return say("cannot open the folder squashfs-root", strerror(errno));
	const char *fault = image_extract(offset, into, NULL);
	close(into);
	if (fault)
		return say("cannot unpack into squashfs-root", fault);
	return puts(folder) < 0 ? CANNOT_RUN : 0;
}

static int stay_mounted(size_t offset)
{
	char folder[PATH_MAX];
	int kind = keeper_start(offset, true, folder, sizeof folder);
	if (kind == FAILED)
		return say("cannot mount", folder);
	if (kind == EXTRACTED)
		fprintf(stderr, NAME " (AppImage): no FUSE here, so this is an unpacked copy\n");
	if (puts(folder) < 0 || fflush(stdout) != 0)
		return CANNOT_RUN;
	for (;;)
		pause(); /* until a signal ends this process; the keeper notices that */
}

/* Sets the environment variables that AppImage defines for the program and its children. */
static bool tell_environment(const char *folder, const char *called)
{
	char self[PATH_MAX], cwd[PATH_MAX];
	ssize_t length = readlink(SELF, self, sizeof self);
	if (length <= 0 || (size_t)length >= sizeof self)
		return false;
	self[length] = '\0';
	if (getcwd(cwd, sizeof cwd) && setenv("OWD", cwd, 1) != 0)
		return false;
	return setenv("APPIMAGE", self, 1) == 0 && setenv("APPDIR", folder, 1) == 0 &&
	       setenv("ARGV0", called, 1) == 0;
}

static int run(size_t offset, bool may_mount, char **argv)
{
	char folder[PATH_MAX], start[PATH_MAX];
	if (keeper_start(offset, may_mount, folder, sizeof folder) == FAILED)
		return say("cannot be started", folder);
	int length = snprintf(start, sizeof start, "%s/AppRun", folder);
	if (length < 0 || (size_t)length >= sizeof start)
		return say("cannot be started", strerror(ENAMETOOLONG));
	if (!tell_environment(folder, argv[0]))
		return say("cannot be started", "no room for its environment, or no /proc");
	execv(start, argv);
	return say(start, strerror(errno));
}

static bool is_wished(const char *variable)
{
	const char *value = getenv(variable);
	return value && *value && strcmp(value, "0") != 0;
}

/* If it is started with closed streams, files opened here would get their numbers. */
static void open_streams(void)
{
	int nothing;
	do
		nothing = open("/dev/null", O_RDWR);
	while (nothing >= 0 && nothing <= STDERR_FILENO);
	if (nothing >= 0)
		close(nothing);
}

int main(int argc, char **argv)
{
	static char *nameless[] = {NAME, NULL};
	size_t offset = 0;
	open_streams();
	const char *fault = image_offset(&offset);
	if (fault)
		return say("cannot read its own file", fault);
	if (argc < 1 || !argv[0])
		argv = nameless;
	const char *option = argc > 1 ? argv[1] : "";
	if (strncmp(option, "--appimage-", strlen("--appimage-")) != 0)
		return run(offset, !is_wished("APPIMAGE_EXTRACT_AND_RUN"), argv);
	if (strcmp(option, "--appimage-extract-and-run") == 0) {
		argv[1] = argv[0];
		return run(offset, false, argv + 1);
	}
	if (argc > 2) /* for example a pattern of files: better refused than ignored */
		return say(argv[2], "nothing may follow this option"), WRONG_USE;
	if (strcmp(option, "--appimage-offset") == 0)
		return printf("%zu\n", offset) < 0 ? CANNOT_RUN : 0;
	if (strcmp(option, "--appimage-extract") == 0)
		return extract_here(offset);
	if (strcmp(option, "--appimage-mount") == 0)
		return stay_mounted(offset);
	if (strcmp(option, "--appimage-version") == 0)
		return puts("AppImage type 2, squashfs with zstd, runtime of " NAME) < 0 ? CANNOT_RUN : 0;
	if (strcmp(option, "--appimage-help") == 0)
		return fputs(help, stdout) < 0 ? CANNOT_RUN : 0;
	fprintf(stderr, NAME " (AppImage): unknown option %s\n%s", option, help);
	return WRONG_USE;
}
