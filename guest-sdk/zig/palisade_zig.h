/* What the module for Zig is made of. */
#include "palisade.h"
#include "palisade_test.h"
