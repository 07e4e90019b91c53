/* What is made of pictures and sounds. */
#include <ctype.h>
#include <palisade.h>
#include <string.h>

palisade_result palisade_image_to_text(palisade_call *call, const palisade_image_to_text_request *request) {
  palisade_bytes image;
  if (palisade_read(call, request->image, &image)) return PALISADE_FAILED;
  /* As a text it is as long: a zero comes after it. */
  const char *size = palisade_format(call, "%zu bytes", strlen((const char *)image.data));
  double confidence = 0.5;
  palisade_add_finding(call, (palisade_finding){size, "size", &confidence, 1, 2, 3, 4});
  return palisade_text(call, "%s, %s", request->image->media_type, size);
}

palisade_result palisade_speech_to_text(palisade_call *call, const palisade_speech_to_text_request *request) {
  (void)request;
  palisade_add_segment(call, (palisade_segment){"so", 0, 0.5, "a"});
  palisade_add_segment(call, (palisade_segment){"far", 1, 2, NULL});
  palisade_speech(call, "en", 2);
  palisade_note(call, "faint");
  return palisade_text(call, "so far");
}

static palisade_result add(palisade_call *call, const palisade_media *media, palisade_image image) {
  palisade_bytes file;
  if (palisade_read(call, media, &file)) return PALISADE_FAILED;
  image.media_type = media->media_type;
  image.data = file.data;
  image.size = file.size;
  return palisade_add_image(call, image);
}

palisade_result palisade_image_edit(palisade_call *call, const palisade_image_edit_request *request) {
  uint64_t count = request->image_count + (request->mask != NULL);
  char *loud = palisade_alloc(call, strlen(request->prompt) + 1);
  for (size_t i = 0; request->prompt[i]; i++) loud[i] = (char)toupper((unsigned char)request->prompt[i]);
  for (size_t i = 0; i < request->image_count && i < request->n; i++)
    if (add(call, &request->images[i], (palisade_image){.seed = &count, .revised_prompt = loud})) return PALISADE_FAILED;
  return PALISADE_DONE;
}

palisade_result palisade_image_upscale(palisade_call *call, const palisade_image_upscale_request *request) {
  palisade_image image = {.width = request->width, .height = request->height, .seed = request->seed};
  if (request->factor > 0) {
    image.width = (uint32_t)(10 * request->factor);
    image.height = (uint32_t)(20 * request->factor);
  }
  return add(call, request->image, image);
}
