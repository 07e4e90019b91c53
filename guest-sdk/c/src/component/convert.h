/* Between the types that are generated from the interface and those of the SDK. Only within a component.
 *
 * What the host gives belongs to the provider: it is copied into the memory of the call, and freed. What the host is given, it frees: it is
 * made with `malloc`, and the post-return function lets go of it. */
#ifndef PALISADE_CONVERT_H
#define PALISADE_CONVERT_H

#include "../call.h"
#include "project.h"

#include <stdlib.h>

typedef palisade_provider_types_call_options_t raw_options;
typedef palisade_provider_types_content_t raw_content;
typedef palisade_provider_types_failure_t raw_failure;
typedef palisade_provider_types_image_t raw_image;
typedef palisade_provider_types_media_t raw_media;
typedef palisade_provider_types_usage_t raw_usage;
typedef palisade_provider_types_warning_t raw_warning;

/* ------------------------------------------------------------------------------------------------------------------ From the host */

/* A call with these options, which are freed. */
palisade_call *lift_call(raw_options *options);

/* A text of a request; NULL, and a failure of the call, when there is a zero in it. */
const char *lift_text(palisade_call *call, const char *field, const project_string_t *text);

/* Each field of a request that may be missing: NULL where it is. */
#define LIFT_OPTIONAL_TEXT(call, field, optional) ((optional).is_some ? lift_text(call, field, &(optional).val) : NULL)
#define LIFT_OPTIONAL(call, optional) ((optional).is_some ? (const void *)palisade_copy(call, &(optional).val, sizeof (optional).val) : NULL)

const char *const *lift_texts(palisade_call *call, const char *field, const project_string_t *texts, size_t count);
const palisade_media *lift_media(palisade_call *call, const char *field, raw_media *media, size_t count);
void lift_blob(palisade_call *call, const char *field, palisade_provider_blobs_own_blob_t blob, palisade_media *lifted);
const palisade_content *lift_content(palisade_call *call, raw_content *content, size_t count);
palisade_dimensions lift_dimensions(const palisade_provider_types_dimensions_t *dimensions);

/* Whether a request could be lifted. */
bool lifted(const palisade_call *call);

/* --------------------------------------------------------------------------------------------------------------------- To the host */

/* So many items, all zero; the host lets go of them. Never NULL where there are some. */
void *lower_items(size_t count, size_t size);

project_list_u8_t lower_bytes(const void *data, size_t size);
project_string_t lower_text(const char *text);
project_option_string_t lower_optional_text(const char *text);
raw_media lower_media(const palisade_media *media);
raw_image *lower_images(const palisade_call *call, size_t *count);
raw_warning *lower_warnings(const palisade_call *call, size_t *count);

/* What was used, and where nothing was told, so much of a unit. */
raw_usage lower_usage(const palisade_call *call, const char *unit, double quantity);

/* A failure, with which the call ends. Gives false, as functions do that fail. */
bool lower_failure(palisade_call *call, raw_failure *failure);

/* Usage and warnings, which every answer has. */
#define LOWER_REPORTS(call, response, unit, quantity)                              \
  do {                                                                             \
    (response)->usage = lower_usage(call, unit, quantity);                         \
    (response)->warnings.ptr = lower_warnings(call, &(response)->warnings.len);    \
  } while (0)

/* The items of an array of the answer. */
#define ITEMS(call, type, array) ((const type *)(call)->outcome->array.items)

#endif
