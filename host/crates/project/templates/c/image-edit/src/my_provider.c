/* Washes a drawing in the colour that the prompt names. */
#include <palisade.h>
#include <string.h>

#define SVG "image/svg+xml"
#define SPACE " \t\r\n"

const palisade_description palisade_provider = {
    .name = "my-provider",
    .summary = "Washes a drawing in the colour that the prompt names.",
    .models = PALISADE_LIST(palisade_model, {
        .id = "wash",
        .input_types = PALISADE_TEXTS(SVG),
        .output_types = PALISADE_TEXTS(SVG),
        .prices = PALISADE_FREE,
    }),
};

/* Where a text has another for the last time; NULL when it does not have it. */
static const char *last(const char *text, const char *wanted) {
  const char *found = NULL;
  while ((text = strstr(text, wanted))) found = text++;
  return found;
}

palisade_result palisade_image_edit(palisade_call *call, const palisade_image_edit_request *request) {
  const char *colour = request->prompt + strspn(request->prompt, SPACE);
  size_t length = strspn(colour, "abcdefghijklmnopqrstuvwxyz");
  if (!length || colour[length + strspn(colour + length, SPACE)])
    return palisade_invalid_input(call, "prompt", "must be the name of a colour");
  palisade_bytes file;
  if (palisade_read(call, &request->images[0], &file)) return PALISADE_FAILED;
  const char *drawing = (const char *)file.data, *end = last(drawing, "</svg>");
  if (!end) return palisade_invalid_input(call, "images[0]", "must be an SVG file");
  const char *washed = palisade_format(call, "%.*s<rect width=\"100%%\" height=\"100%%\" fill=\"%.*s\" opacity=\"0.4\"/>%s",
                                       (int)(end - drawing), drawing, (int)length, colour, end);
  return palisade_add_image(call, (palisade_image){.media_type = SVG, .data = washed, .size = strlen(washed)});
}
