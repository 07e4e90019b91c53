/* `catalog` and `health`: what the provider says of itself. */
#include "convert.h"

#include <string.h>

/* The interfaces that the project serves: `palisade build` says which. */
static const char *const SERVED[] = {PALISADE_SERVED, NULL};

typedef exports_palisade_provider_catalog_model_t raw_model;
typedef exports_palisade_provider_catalog_param_t raw_param;
typedef exports_palisade_provider_catalog_price_t raw_price;

static project_list_string_t lower_texts(const char *const *texts) {
  size_t count = 0;
  while (texts && texts[count]) count++;
  project_string_t *lowered = lower_items(count, sizeof *lowered);
  for (size_t i = 0; i < count; i++) lowered[i] = lower_text(texts[i]);
  return (project_list_string_t){lowered, count};
}

/* The capabilities that the interfaces serve: `text-to-image-job` serves `text-to-image`, and `jobs` none. */
static project_list_string_t lower_served(void) {
  static const char JOB[] = "-job";
  project_list_string_t lowered = lower_texts(SERVED);
  size_t count = 0;
  for (size_t i = 0; i < lowered.len; i++) {
    project_string_t name = lowered.ptr[i];
    if (name.len == 4 && !memcmp(name.ptr, "jobs", 4)) {
      project_string_free(&name);
      continue;
    }
    size_t without = name.len < sizeof JOB ? 0 : name.len - (sizeof JOB - 1);
    if (without && !memcmp(name.ptr + without, JOB, sizeof JOB - 1)) name.len = without;
    lowered.ptr[count++] = name;
  }
  lowered.len = count;
  return lowered;
}

static project_option_u32_t optional_count(uint32_t count) { return (project_option_u32_t){count != 0, count}; }

static void lower_param(const palisade_param *param, raw_param *lowered) {
  exports_palisade_provider_catalog_range_t range = {param->min, param->max, {param->step != 0, param->step}};
  lowered->name = lower_text(param->name);
  switch (param->kind) {
    case PALISADE_INTEGER:
      lowered->spec.tag = EXPORTS_PALISADE_PROVIDER_CATALOG_PARAM_SPEC_INT_RANGE;
      lowered->spec.val.int_range = range;
      return;
    case PALISADE_NUMBER:
      lowered->spec.tag = EXPORTS_PALISADE_PROVIDER_CATALOG_PARAM_SPEC_FLOAT_RANGE;
      lowered->spec.val.float_range = range;
      return;
    case PALISADE_CHOICE:
      lowered->spec.tag = EXPORTS_PALISADE_PROVIDER_CATALOG_PARAM_SPEC_CHOICE;
      lowered->spec.val.choice = lower_texts(param->choices);
      return;
    case PALISADE_TEXT:
      lowered->spec.tag = EXPORTS_PALISADE_PROVIDER_CATALOG_PARAM_SPEC_TEXT;
      lowered->spec.val.text = param->max_characters;
      return;
    case PALISADE_SCHEMA:
      lowered->spec.tag = EXPORTS_PALISADE_PROVIDER_CATALOG_PARAM_SPEC_SCHEMA;
      lowered->spec.val.schema = lower_text(param->schema);
      return;
    case PALISADE_FLAG:
      lowered->spec.tag = EXPORTS_PALISADE_PROVIDER_CATALOG_PARAM_SPEC_FLAG;
  }
}

static void lower_price(const palisade_price *price, raw_price *lowered) {
  lowered->unit = lower_text(price->unit);
  lowered->pico_usd = price->pico_usd;
  size_t count = 0;
  while (price->when && price->when[count].param) count++;
  lowered->when.len = count;
  lowered->when.ptr = lower_items(count, sizeof *lowered->when.ptr);
  for (size_t i = 0; i < count; i++) {
    const palisade_price_when *when = &price->when[i];
    lowered->when.ptr[i] =
        (exports_palisade_provider_catalog_price_when_t){lower_text(when->param), lower_text(when->op), lower_text(when->value)};
  }
}

static void lower_model(const palisade_model *model, raw_model *lowered) {
  lowered->id = lower_text(model->id);
  lowered->model_ref = lower_optional_text(model->model_ref);
  lowered->capabilities = model->capabilities ? lower_texts(model->capabilities) : lower_served();
  lowered->input_types = lower_texts(model->input_types);
  lowered->output_types = lower_texts(model->output_types);
  while (model->params && model->params[lowered->params.len].name) lowered->params.len++;
  lowered->params.ptr = lower_items(lowered->params.len, sizeof *lowered->params.ptr);
  for (size_t i = 0; i < lowered->params.len; i++) lower_param(&model->params[i], &lowered->params.ptr[i]);
  lowered->prices.is_some = model->prices != NULL;
  exports_palisade_provider_catalog_list_price_t *prices = &lowered->prices.val;
  while (model->prices && model->prices[prices->len].unit) prices->len++;
  prices->ptr = lower_items(prices->len, sizeof *prices->ptr);
  for (size_t i = 0; i < prices->len; i++) lower_price(&model->prices[i], &prices->ptr[i]);
  while (model->quotas && model->quotas[lowered->quotas.len].unit) lowered->quotas.len++;
  lowered->quotas.ptr = lower_items(lowered->quotas.len, sizeof *lowered->quotas.ptr);
  for (size_t i = 0; i < lowered->quotas.len; i++) {
    const palisade_quota *quota = &model->quotas[i];
    lowered->quotas.ptr[i] = (exports_palisade_provider_catalog_quota_t){lower_text(quota->unit), quota->per_ms, quota->amount};
  }
  lowered->max_concurrency = optional_count(model->max_concurrency);
  lowered->context_tokens = optional_count(model->context_tokens);
  lowered->max_output_tokens = optional_count(model->max_output_tokens);
  lowered->regions = lower_texts(model->regions);
  lowered->tags = lower_texts(model->tags);
  lowered->status = lower_text(model->status ? model->status : "live");
}

void exports_palisade_provider_catalog_describe(exports_palisade_provider_catalog_provider_info_t *info) {
  const palisade_description *own = &palisade_provider;
  *info = (exports_palisade_provider_catalog_provider_info_t){
      .id = lower_text(own->name),
      .version = lower_text(own->version ? own->version : "0.1.0"),
      .summary = lower_text(own->summary),
      .credential_names = lower_texts(own->credential_names),
      .hosts = lower_texts(own->hosts),
      .config_schema = lower_optional_text(own->config_schema),
      .bills_on_failure = (uint8_t)own->bills_on_failure,
      .idempotent = own->idempotent,
      .cancellation = (uint8_t)own->cancellation,
      .resumes = lower_texts(own->resumes),
  };
}

bool exports_palisade_provider_catalog_models(project_string_t *maybe_cursor,
                                              exports_palisade_provider_catalog_tuple2_list_model_option_string_t *page,
                                              raw_failure *failure) {
  (void)failure;
  if (maybe_cursor) project_string_free(maybe_cursor);
  size_t count = 0;
  while (palisade_provider.models && palisade_provider.models[count].id) count++;
  raw_model *lowered = lower_items(count, sizeof *lowered);
  for (size_t i = 0; i < count; i++) lower_model(&palisade_provider.models[i], &lowered[i]);
  page->f0.ptr = lowered;
  page->f0.len = count;
  page->f1.is_some = false;
  return true;
}

__attribute__((weak)) palisade_result palisade_check_health(palisade_call *call) {
  (void)call;
  return PALISADE_DONE;
}

bool exports_palisade_provider_health_check(raw_failure *failure) {
  palisade_call *call = palisade_begin();
  if (palisade_check_health(call) == PALISADE_FAILED) return lower_failure(call, failure);
  palisade_end(call);
  return true;
}
