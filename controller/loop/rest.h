/* Giving memory back before a long pause. */
#ifndef SK_LOOP_REST_H
#define SK_LOOP_REST_H

/* Returns what the heap does not use, and unmaps code that runs again only with the next cycle: its
 * pages stay in the page cache, and the kernel may drop them there. What is needed comes back by
 * itself. */
void sk_rest_memory(void);

#endif
