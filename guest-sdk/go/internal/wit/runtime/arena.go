//go:build wasip1

package runtime

import (
	"runtime"
	"unsafe"
)

// A piece of memory beside Go's. The addresses are numbers, of which Go's collector knows nothing.
type piece struct {
	start, size uintptr
}

const (
	page = 64 << 10
	// Each piece is at least twice as large as the one before: more than these don't fit into the memory that there is.
	most = 32
)

var (
	pieces [most]piece
	// How many there are, which of them is being filled, and how much of it is.
	count, current, filled uintptr
	// Calls of the host that have not come back, or whose results were not copied yet.
	calling int
	// Whether there are arguments of a call by the host that were not copied yet.
	called bool
	// Whether Go has started: what is asked for before is kept by who translates WASI.
	started bool
)

func init() {
	started = true
}

// Enter begins a call of the host.
func Enter() {
	calling++
}

// Leave ends it: its results were copied.
func Leave(pinner *runtime.Pinner) {
	pinner.Unpin()
	calling--
	reset()
}

// Unpin is called when the arguments of a call by the host were copied.
func Unpin() {
	called = false
	reset()
}

func reset() {
	if calling == 0 && !called {
		current, filled = 0, 0
	}
}

//go:linkname sbrk runtime.sbrk
func sbrk(n uintptr) unsafe.Pointer

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// The host asks for memory to write to. Nothing here may have Go's scheduler run: it would ask the host for the time.
//
//go:nosplit
//go:wasmexport cabi_realloc
func cabiRealloc(oldPointer unsafe.Pointer, oldSize, align, newSize uintptr) unsafe.Pointer {
	if !started {
		return sbrk(newSize)
	}
	called = called || calling == 0
	pointer := take(align, newSize)
	for at := uintptr(0); at < min(oldSize, newSize); at++ {
		*(*uint8)(unsafe.Add(pointer, at)) = *(*uint8)(unsafe.Add(oldPointer, at))
	}
	return pointer
}

//go:nosplit
func take(align, size uintptr) unsafe.Pointer {
	for ; current < count; current, filled = current+1, 0 {
		start := (filled + align - 1) &^ (align - 1)
		if start+size <= pieces[current].size {
			filled = start + size
			return unsafe.Pointer(pieces[current].start + start)
		}
	}
	length := (size + page) &^ (page - 1)
	if count > 0 {
		length = max(length, 2*pieces[count-1].size)
	}
	// Pinned: it is not interrupted.
	procPin()
	start := uintptr(sbrk(length))
	procUnpin()
	if start == 0 || count == most {
		// There is no more: the host finds no place to write to, and ends the call.
		return nil
	}
	pieces[count] = piece{start, length}
	count++
	filled = size
	return unsafe.Pointer(start)
}
