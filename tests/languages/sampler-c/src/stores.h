#include <palisade.h>

/* The task `stores`: asks those that are lent, each kind in its function, and tells what they said. */
palisade_result stores(palisade_call *call, const char *kind);
