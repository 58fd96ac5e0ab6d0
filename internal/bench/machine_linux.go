package bench

import (
	"fmt"
	"syscall"
)

// fileSystem names the kind of file system a folder is on.
func fileSystem(dir string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return "unknown"
	}
	known := map[int64]string{0x01021994: inMemory, 0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x794c7630: "overlay", 0x2fc12fc1: "zfs"}
	if name, ok := known[int64(s.Type)]; ok { //nolint:unconvert // narrower on some processors
		return name
	}
	return fmt.Sprintf("file system %#x", s.Type)
}
