package ledger

import "golang.org/x/sys/unix"

// syncData forces the rows out to the disk; fdatasync, because nobody needs the file's times to be right after a crash.
func syncData(fd int) error { return unix.Fdatasync(fd) }
