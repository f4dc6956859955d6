/* Finds, extracts and removes the image. The image is not trusted: names, types, sizes and links
 * are checked, and files are created below an open folder, never through a path or a link. */
#include "runtime.h"

#include <dirent.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 32
#define MIN_BLOCK_LOG 12
#define MAX_BLOCK_LOG 20
#define PIECE_BYTES (256 * 1024)

static const char damaged[] = "the file is damaged; download it again";

/* Returns whether a complete image begins at `start`; its header gives its length. */
static bool has_image(int self, size_t start, size_t file_bytes)
{
	struct squashfs_super_block head;
	if (start > file_bytes || file_bytes - start < sizeof head)
		return false;
	if (pread(self, &head, sizeof head, (off_t)start) != (ssize_t)sizeof head)
		return false;
	unsigned log = le16toh(head.block_log);
	return le32toh(head.s_magic) == SQUASHFS_MAGIC && le64toh(head.bytes_used) <= file_bytes - start &&
	       log >= MIN_BLOCK_LOG && log <= MAX_BLOCK_LOG && le32toh(head.block_size) == 1U << log;
}

/* The image begins where the ELF file ends: behind its section headers. */
const char *image_offset(size_t *offset)
{
	Elf64_Ehdr head;
	struct stat info;
	int self = open(SELF, O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return strerror(errno);
	const char *fault = damaged;
	if (pread(self, &head, sizeof head, 0) == (ssize_t)sizeof head && fstat(self, &info) == 0 &&
	    memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && head.e_shoff < (Elf64_Off)info.st_size) {
		size_t end = head.e_shoff + (size_t)head.e_shentsize * head.e_shnum;
		if (has_image(self, end, (size_t)info.st_size)) {
			*offset = end;
			fault = NULL;
		}
	}
	close(self);
	return fault;
}

/* Returns NULL if it is not a valid file name. */
static const char *plain_name(sqfs_dir_entry *entry)
{
	const char *name = sqfs_dentry_name(entry); /* this also adds the terminating zero */
	size_t length = name ? strlen(name) : 0;
	if (length == 0 || length > NAME_MAX || length != sqfs_dentry_name_size(entry))
		return NULL;
	if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return NULL;
	return name;
}

/* A link may only lead to places inside the image. `depth`: number of folders above the link. It may
 * go up only at its beginning: after a name, which may be another link, the parent is not known. */
static bool stays_inside(const char *target, unsigned depth)
{
	bool is_below = false;
	if (*target == '/' || *target == '\0')
		return false;
	while (*target) {
		size_t length = strcspn(target, "/");
		if (length == 2 && memcmp(target, "..", 2) == 0) {
			if (is_below || depth == 0)
				return false;
			depth -= 1;
		} else if (!(length == 1 && *target == '.')) {
			is_below = true;
		}
		target += length + strspn(target + length, "/");
	}
	return true;
}

static const char *extract_link(sqfs *fs, sqfs_inode *node, int into, const char *name, unsigned depth)
{
	char target[PATH_MAX];
	size_t size = sizeof target;
	if (node->xtra.symlink_size == 0 || node->xtra.symlink_size >= sizeof target)
		return damaged;
	if (sqfs_readlink(fs, node, target, &size) != SQFS_OK)
		return damaged;
	if (strnlen(target, sizeof target) != node->xtra.symlink_size || !stays_inside(target, depth))
		return damaged;
	return symlinkat(target, into, name) == 0 ? NULL : strerror(errno);
}

static const char *write_all(int file, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t written = write(file, bytes, count);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return strerror(errno);
		bytes += written;
		count -= (size_t)written;
	}
	return NULL;
}

static const char *copy_content(sqfs *fs, sqfs_inode *node, int file)
{
	static char piece[PIECE_BYTES];
	const uint64_t total = node->xtra.reg.file_size;
	if (total > INT64_MAX - PIECE_BYTES)
		return damaged;
	for (uint64_t at = 0; at < total;) {
		sqfs_off_t got = sizeof piece;
		if (sqfs_read_range(fs, node, (sqfs_off_t)at, &got, piece) != SQFS_OK)
			return damaged;
		if (got <= 0 || (uint64_t)got > sizeof piece || (uint64_t)got > total - at)
			return damaged;
		const char *fault = write_all(file, piece, (size_t)got);
		if (fault)
			return fault;
		at += (uint64_t)got;
	}
	return NULL;
}

static const char *extract_file(sqfs *fs, sqfs_inode *node, int into, const char *name)
{
	int file = openat(into, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return strerror(errno);
	const char *fault = copy_content(fs, node, file);
	if (!fault && fchmod(file, node->base.mode & 0755) != 0)
		fault = strerror(errno);
	if (close(file) != 0 && !fault)
		fault = strerror(errno);
	return fault;
}

/* squashfuse does not check these numbers, and would read outside its buffers with wrong ones. */
static bool is_in_block(sqfs *fs, uint64_t start, size_t offset)
{
	sqfs_block *block;
	sqfs_off_t at = (sqfs_off_t)start;
	if (start > INT64_MAX || sqfs_md_cache(fs, &at, &block) != SQFS_OK)
		return false;
	bool fits = offset < block->size;
	sqfs_block_dispose(block);
	return fits;
}

static bool is_sound(sqfs *fs, sqfs_inode *node)
{
	size_t offset, size;
	sqfs_block *block;
	if (S_ISDIR(node->base.mode))
		return node->xtra.dir.dir_size <= 3 || /* empty */
		       is_in_block(fs, fs->sb.directory_table_start + node->xtra.dir.start_block,
		                   node->xtra.dir.offset);
	if (!S_ISREG(node->base.mode) || node->xtra.reg.frag_idx == SQUASHFS_INVALID_FRAG)
		return true;
	/* The end of the file is stored in a block with the ends of other files. */
	if (node->xtra.reg.frag_idx >= fs->sb.fragments ||
	    sqfs_frag_block(fs, node, &offset, &size, &block) != SQFS_OK)
		return false;
	bool fits = offset <= block->size && size <= block->size - offset;
	sqfs_block_dispose(block);
	return fits;
}

static bool read_node(sqfs *fs, sqfs_inode_id id, sqfs_inode *node)
{
	return is_in_block(fs, fs->sb.inode_table_start + (id >> 16), id & UINT16_MAX) &&
	       sqfs_inode_get(fs, node, id) == SQFS_OK && is_sound(fs, node);
}

struct walk {
	sqfs *fs;
	const struct program *stop_with; /* NULL: no process waits for it */
};

static const char *extract_folder(struct walk *walk, sqfs_inode *node, int into, unsigned depth);

static const char *extract_subfolder(struct walk *walk, sqfs_inode *node, int into, const char *name,
                                     unsigned depth)
{
	if (depth >= MAX_DEPTH)
		return damaged;
	if (mkdirat(into, name, 0755) != 0)
		return strerror(errno);
	int folder = openat(into, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return strerror(errno);
	const char *fault = extract_folder(walk, node, folder, depth + 1);
	close(folder);
	return fault;
}

static const char *extract_folder(struct walk *walk, sqfs_inode *node, int into, unsigned depth)
{
	sqfs_dir folder;
	sqfs_dir_entry entry;
	/* The longest possible name; each is used before the first of the next folder is read. */
	static char buffer[UINT16_MAX + 2];
	sqfs_err err = SQFS_OK;
	const char *fault = NULL;
	if (sqfs_dir_open(walk->fs, node, &folder, 0) != SQFS_OK)
		return damaged;
	sqfs_dentry_init(&entry, buffer);
	while (!fault && sqfs_dir_next(walk->fs, &folder, &entry, &err)) {
		sqfs_inode found;
		const char *name = plain_name(&entry);
		if (walk->stop_with && program_has_ended(walk->stop_with))
			return strerror(ECANCELED);
		if (!name || !read_node(walk->fs, sqfs_dentry_inode(&entry), &found))
			return damaged;
		if (S_ISDIR(found.base.mode))
			fault = extract_subfolder(walk, &found, into, name, depth);
		else if (S_ISLNK(found.base.mode))
			fault = extract_link(walk->fs, &found, into, name, depth);
		else if (S_ISREG(found.base.mode))
			fault = extract_file(walk->fs, &found, into, name);
		else
			fault = damaged; /* devices, pipes and sockets are not allowed */
	}
	return fault ? fault : err == SQFS_OK ? NULL : damaged;
}

const char *image_extract(size_t offset, int into, const struct program *stop_with)
{
	sqfs fs;
	sqfs_inode root;
	int self = open(SELF, O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return strerror(errno);
	if (sqfs_init(&fs, self, offset) != SQFS_OK) {
		close(self);
		return damaged;
	}
	struct walk walk = {&fs, stop_with};
	const char *fault = damaged;
	if (read_node(&fs, sqfs_inode_root(&fs), &root) && S_ISDIR(root.base.mode))
		fault = extract_folder(&walk, &root, into, 0);
	sqfs_destroy(&fs);
	close(self);
	return fault;
}

/* Removes the contents of an open folder, never through a link or into another file system. */
static const char *empty_folder(int opened, dev_t device, unsigned depth)
{
	const char *fault = NULL;
	DIR *folder = depth > MAX_DEPTH ? NULL : fdopendir(opened);
	if (!folder) {
		close(opened);
		return depth > MAX_DEPTH ? damaged : strerror(errno);
	}
	for (struct dirent *entry; (entry = readdir(folder));) {
		struct stat info;
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (unlinkat(dirfd(folder), name, 0) == 0)
			continue;
		int inner = openat(dirfd(folder), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner < 0) {
			fault = strerror(errno);
		} else if (fstat(inner, &info) != 0 || info.st_dev != device) {
			close(inner);
			fault = strerror(EXDEV);
		} else {
			const char *deeper = empty_folder(inner, device, depth + 1);
			if (unlinkat(dirfd(folder), name, AT_REMOVEDIR) != 0)
				fault = deeper ? deeper : strerror(errno);
		}
	}
	closedir(folder);
	return fault;
}

const char *image_remove(const char *folder)
{
	struct stat info;
	int opened = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (opened < 0)
		return strerror(errno);
	if (fstat(opened, &info) != 0) {
		close(opened);
		return strerror(errno);
	}
	const char *fault = empty_folder(opened, info.st_dev, 0);
	return rmdir(folder) == 0 ? NULL : fault ? fault : strerror(errno);
}
