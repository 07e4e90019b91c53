// Package runtime is what the generated functions are made of.
//
// It is go.bytecodealliance.org/pkg/wit/runtime but for the memory that the host writes to. There, that is Go's own: but asking Go for memory may
// begin a collection of garbage, which asks the host for the time, and while the host writes it answers nothing. Here it is a piece of memory
// beside Go's, which `palisade build` has the generated functions copy from, and which is used again for the next call.
package runtime

import (
	"fmt"
	"runtime"
	"unsafe"
)

// A Handle names something of the host's or of the program's.
type Handle struct {
	value int32
}

// Use gives the handle.
func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("nil handle")
	}
	return h.value
}

// Take gives the handle away.
func (h *Handle) Take() int32 {
	if h.value == 0 {
		panic("nil handle")
	}
	value := h.value
	h.value = 0
	return value
}

// Set sets a handle that was given away.
func (h *Handle) Set(value int32) {
	if value == 0 {
		panic("nil handle")
	}
	if h.value != 0 {
		panic("handle already set")
	}
	h.value = value
}

// TakeOrNil gives the handle away, if it was not yet.
func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}

// MakeHandle is a handle.
func MakeHandle(value int32) *Handle {
	if value == 0 {
		panic("nil handle")
	}
	return &Handle{value}
}

// Allocate gives memory that stays until the pinner lets go of it.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	pointer := allocateRaw(size, align)
	pinner.Pin(pointer)
	return pointer
}

func allocateRaw(size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	if size%align != 0 {
		panic(fmt.Sprintf("size %v is not compatible with alignment %v", size, align))
	}
	switch align {
	case 1:
		return unsafe.Pointer(unsafe.SliceData(make([]uint8, size)))
	case 2:
		return unsafe.Pointer(unsafe.SliceData(make([]uint16, size/align)))
	case 4:
		return unsafe.Pointer(unsafe.SliceData(make([]uint32, size/align)))
	case 8:
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, size/align)))
	default:
		panic(fmt.Sprintf("unsupported alignment: %v", align))
	}
}

// String copies a text from where the host has written it.
func String[Length int32 | uint32](pointer *uint8, length Length) string {
	if length == 0 {
		return ""
	}
	return string(unsafe.Slice(pointer, length))
}

// Slice copies a list from where the host has written it.
func Slice[Element any, Length int32 | uint32](pointer *Element, length Length) []Element {
	if length == 0 {
		return nil
	}
	return append([]Element(nil), unsafe.Slice(pointer, length)...)
}
