/* The keeper: a second process that provides the program's files and removes them when the program
 * has ended: by itself, by SIGTERM, or by SIGKILL, which cannot be caught. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ASK_AGAIN_MS 500

bool program_has_ended(const struct program *program)
{
	struct pollfd end = {program->pidfd, POLLIN, 0};
	return program->pidfd < 0 ? getppid() != program->pid : poll(&end, 1, 0) > 0;
}

void program_wait(const struct program *program)
{
	struct pollfd end = {program->pidfd, POLLIN, 0};
	/* Without a pidfd this only sleeps: poll() ignores negative descriptors. */
	while (!program_has_ended(program))
		poll(&end, 1, program->pidfd < 0 ? ASK_AGAIN_MS : -1);
}

void keeper_answer(int answer, int kind, const char *text)
{
	char line[PATH_MAX + 1];
	int length = snprintf(line, sizeof line, "%c%s", kind, text);
	if (length > 0 && (size_t)length < sizeof line && write(answer, line, (size_t)length) < 0)
		_exit(EXIT_FAILURE); /* the program has already ended, and nothing was created yet */
	close(answer);
}

/* Creates a private folder in the first place that allows it. */
static bool make_folder(char *folder, size_t size, bool must_execute)
{
	const char *places[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", getenv("XDG_CACHE_HOME"), getenv("HOME")};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct statvfs about;
		const char *place = places[i];
		if (!place || *place != '/' || statvfs(place, &about) != 0)
			continue;
		if (must_execute && (about.f_flag & ST_NOEXEC))
			continue;
		int length = snprintf(folder, size, "%s/." NAME "-XXXXXX", place);
		if (length > 0 && (size_t)length < size && mkdtemp(folder))
			return true;
	}
	return false;
}

static void extract_and_wait(size_t offset, const struct program *program, int answer)
{
	char folder[PATH_MAX - 16]; /* leaves space to append /AppRun */
	if (!make_folder(folder, sizeof folder, true)) {
		keeper_answer(answer, FAILED, "no folder to unpack in (TMPDIR, /tmp, /var/tmp)");
		return;
	}
	int into = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *fault = into < 0 ? strerror(errno) : image_extract(offset, into, program);
	if (fault) {
		char text[PATH_MAX];
		if (into >= 0)
			close(into);
		image_remove(folder);
		int length = snprintf(text, sizeof text, "unpacking into %s: %s", folder, fault);
		keeper_answer(answer, FAILED, length > 0 && (size_t)length < sizeof text ? text : fault);
		return;
	}
	/* Programs that clean /tmp skip a locked folder, however long this program runs. */
	flock(into, LOCK_SH | LOCK_NB);
	keeper_answer(answer, EXTRACTED, folder);
	program_wait(program);
	close(into);
	image_remove(folder);
}

/* Releases everything inherited from the program: terminal, pipes, folder, signals. */
static void stand_apart(int answer)
{
	static const int deaf_to[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE, SIGTSTP};
	setsid();
	for (size_t i = 0; i < sizeof deaf_to / sizeof *deaf_to; i++)
		signal(deaf_to[i], SIG_IGN);
	if (chdir("/") != 0)
		return;
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int stream = 0; nothing >= 0 && stream <= 2; stream++)
		if (stream != 2 || !getenv("APPIMAGE_DEBUG"))
			dup2(nothing, stream);
	long highest = sysconf(_SC_OPEN_MAX);
	bool below = answer <= 3 || syscall(SYS_close_range, 3U, (unsigned)answer - 1, 0) == 0;
	bool above = syscall(SYS_close_range, (unsigned)answer + 1, ~0U, 0) == 0;
	if (below && above)
		return;
	for (long fd = 3; fd < (highest > 0 && highest < 4096 ? highest : 4096); fd++)
		if (fd != answer)
			close((int)fd);
}

static void keep(size_t offset, bool may_mount, pid_t pid, int answer)
{
	stand_apart(answer);
	struct program program = {pid, (int)syscall(SYS_pidfd_open, pid, 0)};
	if (getppid() != pid)
		return; /* already killed, and its number may belong to another process now */
	char folder[PATH_MAX - 16];
	if (may_mount && make_folder(folder, sizeof folder, false)) {
		if (mount_and_serve(folder, offset, &program, answer))
			return;
		rmdir(folder);
	}
	extract_and_wait(offset, &program, answer);
}

/* Reads the keeper's answer to its end: one character, then text. */
static int read_answer(int answer, char *text, size_t size)
{
	char kind = FAILED;
	size_t length = 0;
	ssize_t got;
	while ((got = read(answer, &kind, 1)) < 0 && errno == EINTR)
		;
	if (got == 1)
		while (length < size - 1 && (got = read(answer, text + length, size - 1 - length)) != 0) {
			if (got > 0)
				length += (size_t)got;
			else if (errno != EINTR)
				break;
		}
	text[length] = '\0';
	if (length == 0) {
		snprintf(text, size, "its second process ended at once");
		return FAILED;
	}
	return kind;
}

int keeper_start(size_t offset, bool may_mount, char *text, size_t size)
{
	int answer[2];
	pid_t self = getpid();
	pid_t keeper = pipe2(answer, O_CLOEXEC) == 0 ? fork() : -1;
	if (keeper < 0) {
		snprintf(text, size, "%s", strerror(errno));
		return FAILED;
	}
	if (keeper == 0) {
		close(answer[0]);
		keep(offset, may_mount, self, answer[1]);
		_exit(EXIT_SUCCESS);
	}
	close(answer[1]);
	int kind = read_answer(answer[0], text, size);
	close(answer[0]);
	return kind;
}
