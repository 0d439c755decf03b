// See rendezvous/store.h.
#include <gloo/rendezvous/store.h>
