#include <linear.h>
#include <stdlib.h>

static inline void cl_print_nothing(const char *text) { (void)text; }

/// LIBLINEAR trains in silence and, where it draws at random, from this seed; both are the whole process's.
static inline void cl_prepare(unsigned seed) {
  set_print_string_function(cl_print_nothing);
  srand(seed);
}
