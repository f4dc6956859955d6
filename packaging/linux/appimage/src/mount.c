/* Mounts the image as a folder with FUSE, and unmounts it when it is no longer needed. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_PAUSE_MS 10
#define LONGEST_PAUSE_MS 1000

struct served {
	const char *folder;
	const struct program *program;
	struct fuse_session *session;
};

enum release { RELEASED, IN_USE, REFUSED };

/* Without root it calls fusermount3, which reports as text that the folder is still in use. */
static enum release ask_fusermount(const char *folder)
{
	char *command[] = {"fusermount3", "-u", "--", (char *)folder, NULL};
	char *environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin:/run/wrappers/bin", "LC_ALL=C", NULL};
	int words[2];
	if (pipe2(words, O_CLOEXEC) != 0)
		return REFUSED;
	posix_spawn_file_actions_t streams;
	posix_spawn_file_actions_init(&streams);
	posix_spawn_file_actions_adddup2(&streams, words[1], STDERR_FILENO);
	pid_t child;
	int failed = posix_spawnp(&child, command[0], &streams, NULL, command, environment);
	posix_spawn_file_actions_destroy(&streams);
	close(words[1]);
	char said[512] = "";
	size_t length = 0;
	ssize_t got = 0;
	while (!failed && length < sizeof said - 1 &&
	       ((got = read(words[0], said + length, sizeof said - 1 - length)) > 0 ||
	        (got < 0 && errno == EINTR)))
		length += got > 0 ? (size_t)got : 0;
	close(words[0]);
	int status = -1;
	while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!failed && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return RELEASED;
	return strstr(said, "busy") ? IN_USE : REFUSED;
}

static enum release release(const char *folder)
{
	if (umount2(folder, UMOUNT_NOFOLLOW) == 0)
		return RELEASED;
	return errno == EBUSY ? IN_USE : errno == EPERM ? ask_fusermount(folder) : REFUSED;
}

/* Children of the program may outlive it, and need their files that long. */
static void *release_behind_program(void *given)
{
	struct served *served = given;
	int pause_ms = FIRST_PAUSE_MS;
	program_wait(served->program);
	enum release how = release(served->folder);
	while (how == IN_USE) {
		poll(NULL, 0, pause_ms);
		pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
		how = release(served->folder);
	}
	/* A mount namespace created meanwhile has a copy of this mount, which would keep it alive.
	 * The kernel drops such copies together with the folder. */
	if (how == RELEASED)
		rmdir(served->folder);
	else
		fuse_session_unmount(served->session); /* lazily: hidden now, served to the end */
	return NULL;
}

static const struct fuse_lowlevel_ops operations = {
	.lookup = sqfs_ll_op_lookup,
	.forget = sqfs_ll_op_forget,
	.getattr = sqfs_ll_op_getattr,
	.readlink = sqfs_ll_op_readlink,
	.open = sqfs_ll_op_open,
	.read = sqfs_ll_op_read,
	.release = sqfs_ll_op_release,
	.opendir = sqfs_ll_op_opendir,
	.readdir = sqfs_ll_op_readdir,
	.releasedir = sqfs_ll_op_releasedir,
	.statfs = stfs_ll_op_statfs,
	.create = sqfs_ll_op_create,
};

static bool serve(struct served *served, int answer)
{
	pthread_t watcher;
	if (pthread_create(&watcher, NULL, release_behind_program, served) != 0) {
		fuse_session_unmount(served->session);
		return false;
	}
	keeper_answer(answer, MOUNTED, served->folder);
	fuse_session_loop(served->session); /* until the kernel has released the folder */
	pthread_join(watcher, NULL);
	return true;
}

bool mount_and_serve(const char *folder, size_t offset, const struct program *program, int answer)
{
	char *words[] = {NAME, "-o", "ro,nodev,nosuid,fsname=" NAME ",subtype=appimage", NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, words);
	bool done = false;
	sqfs_ll *image = sqfs_ll_open(SELF, offset);
	if (!image)
		return false;
	struct served served = {folder, program, NULL};
	served.session = fuse_session_new(&args, &operations, sizeof operations, image);
	if (served.session && fuse_session_mount(served.session, folder) == 0) {
		done = serve(&served, answer);
		fuse_session_unmount(served.session);
		rmdir(folder); /* if it could not be released before */
	}
	if (served.session)
		fuse_session_destroy(served.session);
	fuse_opt_free_args(&args);
	sqfs_ll_destroy(image);
	free(image);
	return done;
}
