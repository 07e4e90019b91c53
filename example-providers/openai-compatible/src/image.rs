//! The capabilities `text-to-image` and `image-edit`.

use palisade_guest::http::Form;
use palisade_guest::{CallOptions, Failure, ImageEdit, Result, TextToImage, image_edit, text_to_image};
use serde_json::{Map, Value};

use crate::picture::{Order, Wanted};
use crate::{OpenAiCompatible, known, settings, upstream};

impl TextToImage for OpenAiCompatible {
    fn generate(request: text_to_image::Request, options: &CallOptions) -> Result<text_to_image::Response> {
        let model = settings::model(options)?;
        let wanted = Wanted {
            size: request.size,
            quality: request.quality.as_deref(),
            count: request.n,
            output_format: request.output_format.as_deref(),
            ignored: &[
                ("negative-prompt", request.negative_prompt.is_some()),
                ("resolution", request.resolution.is_some()),
                ("seed", request.seed.is_some()),
                ("references", !request.references.is_empty()),
                ("mask", request.mask.is_some()),
            ],
        };
        let (order, warnings) = Order::new(&wanted, &model.name, options)?;
        let mut body: Map<String, Value> =
            order.fields().map(|(name, value)| (name.to_owned(), value.into())).collect();
        body.insert("model".to_owned(), model.name.into());
        body.insert("prompt".to_owned(), request.prompt.into());
        body.insert("n".to_owned(), order.count.into());
        let (images, usage) = order.read(upstream::post("images/generations", &body)?.json()?)?;
        Ok(text_to_image::Response::new(images).usage(usage).warnings(warnings.into_vec()))
    }
}

impl ImageEdit for OpenAiCompatible {
    fn edit(request: image_edit::Request, options: &CallOptions) -> Result<image_edit::Response> {
        let model = settings::model(options)?;
        // Masks are the other way round there, in another format; to leave one out would change what was to be kept.
        if request.mask.is_some() {
            return Err(Failure::unsupported(["mask"]));
        }
        let is_gpt_image = known::is_gpt_image(&model.name);
        if request.images.len() > 1 && !is_gpt_image {
            return Err(Failure::limit_exceeded("images", "this model changes one picture at a time"));
        }
        let wanted = Wanted {
            size: request.size,
            quality: request.quality.as_deref(),
            count: request.n,
            output_format: request.output_format.as_deref(),
            ignored: &[("negative-prompt", request.negative_prompt.is_some()), ("seed", request.seed.is_some())],
        };
        let (order, warnings) = Order::new(&wanted, &model.name, options)?;
        let mut form =
            Form::new().text("model", model.name).text("prompt", request.prompt).text("n", order.count.to_string());
        for (name, value) in order.fields() {
            form = form.text(name, value);
        }
        // A list has another name than a single picture.
        let field = if is_gpt_image { "image[]" } else { "image" };
        for media in &request.images {
            form = form.media(field, media)?;
        }
        let (images, usage) = order.read(upstream::post_form("images/edits", form)?.json()?)?;
        Ok(image_edit::Response::new(images).usage(usage).warnings(warnings.into_vec()))
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::{self, Answer};
    use palisade_guest::{Dimensions, FailureKind, Media, Submitted, Usage, credentials};
    use serde_json::json;

    use super::*;
    use crate::testing::upstream;

    const PNG: &[u8] = b"\x89PNG";
    const PNG_BASE64: &str = "iVBORw==";

    fn generate(request: text_to_image::Request, model: &str) -> Result<text_to_image::Response> {
        OpenAiCompatible::generate(request, &CallOptions::new(model))
    }

    #[test]
    fn a_picture_is_made_as_ordered() {
        let answer = json!({
            "data": [{"b64_json": PNG_BASE64, "revised_prompt": "a red fox"}],
            "usage": {"input_tokens": 8, "output_tokens": 272},
        });
        let sent = upstream("images/generations", Answer::json(200, &answer));
        let request = text_to_image::Request {
            size: Dimensions::Pixels((1024, 1536)),
            quality: Some("low".into()),
            output_format: Some("image/webp".into()),
            ..text_to_image::Request::new("a fox")
        };
        let response = generate(request, "gpt-image-1").unwrap();
        let expected = json!({
            "model": "gpt-image-1", "prompt": "a fox", "n": 1, "size": "1024x1536", "quality": "low",
            "output_format": "webp",
        });
        assert_eq!(sent.borrow()[0].json(), expected);
        let [image] = response.images.as_slice() else { panic!("{} pictures", response.images.len()) };
        assert_eq!(
            (image.content.media_type().as_str(), image.content.read_all().unwrap().as_slice()),
            ("image/png", PNG)
        );
        assert_eq!(
            (image.width, image.height, image.revised_prompt.as_deref()),
            (Some(1024), Some(1536), Some("a red fox"))
        );
        let tokens = Usage::of("input-token", 8).and("cached-input-token", 0).and("output-token", 272);
        assert_eq!(response.usage, tokens.and("image", 1));
    }

    #[test]
    fn a_picture_at_an_address_is_fetched_by_the_host() {
        credentials::set_in_test("api-key", true);
        http::set_in_test(|request| {
            if request.url == "https://pictures.example/1.png" {
                return Ok(Answer::new(200).header("content-type", "image/png").piece(PNG));
            }
            Ok(Answer::json(200, &json!({"data": [{"url": "https://pictures.example/1.png"}]})))
        });
        let made = generate(text_to_image::Request::new("a fox"), "dall-e-3").unwrap();
        assert_eq!(made.images[0].content.read_all().unwrap(), PNG);
        assert_eq!((made.usage, made.images[0].width), (Usage::images(1), None));

        http::set_in_test(|request| match request.method {
            http::Method::Get => Err(http::HttpError::Denied("pictures.example".into())),
            _ => Ok(Answer::json(200, &json!({"data": [{"url": "https://pictures.example/1.png"}]}))),
        });
        let failure = generate(text_to_image::Request::new("a fox"), "dall-e-3").unwrap_err();
        assert_eq!(failure.submitted, Submitted::Yes, "the work is done");
    }

    #[test]
    fn an_answer_without_a_picture_is_bad_output() {
        for answer in [json!({}), json!({"data": []}), json!({"data": [{}]}), json!({"data": [{"b64_json": "?"}]})] {
            upstream("images/generations", Answer::json(200, &answer));
            let failure = generate(text_to_image::Request::new("a fox"), "dall-e-3").unwrap_err();
            assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{answer}");
            assert_eq!(failure.submitted, Submitted::Yes);
        }
    }

    #[test]
    fn what_is_refused_is_content_policy() {
        let error = json!({"error": {"code": "moderation_blocked", "message": "no"}});
        upstream("images/generations", Answer::json(400, &error));
        let failure = generate(text_to_image::Request::new("a fox"), "gpt-image-1").unwrap_err();
        assert_eq!(failure.kind, FailureKind::ContentPolicy(None));
    }

    fn edit(request: image_edit::Request) -> Result<image_edit::Response> {
        OpenAiCompatible::edit(request, &CallOptions::new("gpt-image-1"))
    }

    fn pictures() -> Vec<Media> {
        ["image/png", "image/jpeg"].map(|media_type| Media::new(media_type, PNG.to_vec()).unwrap()).into()
    }

    #[test]
    fn pictures_are_sent_as_files() {
        let answer = json!({"data": [{"b64_json": PNG_BASE64}], "size": "1536x1024"});
        let sent = upstream("images/edits", Answer::json(200, &answer));
        let response = edit(image_edit::Request::new("redder", pictures())).unwrap();
        assert_eq!((response.images[0].width, response.images[0].height), (Some(1536), Some(1024)));
        let body = sent.borrow()[0].text();
        for part in ["name=\"image[]\"; filename=\"image.png\"", "filename=\"image.jpg\"", "\r\nredder\r\n"] {
            assert!(body.contains(part), "{part} is not in {body}");
        }
    }

    #[test]
    fn one_picture_at_a_time_is_changed_where_a_model_takes_one() {
        palisade_guest::config::set_in_test("models", r#"{"image-edit": ["dall-e-2"]}"#);
        let sent = upstream("images/edits", Answer::json(200, &json!({"data": [{"b64_json": PNG_BASE64}]})));
        let edit = |count: usize| {
            let request = image_edit::Request::new("redder", pictures().into_iter().take(count));
            OpenAiCompatible::edit(request, &CallOptions::new("dall-e-2"))
        };
        assert!(matches!(edit(2).unwrap_err().kind, FailureKind::LimitExceeded(_)));
        assert_eq!(edit(1).unwrap().images.len(), 1);
        assert_eq!(sent.borrow().len(), 1);
        assert!(sent.borrow()[0].text().contains("name=\"image\""));
    }

    #[test]
    fn a_mask_is_not_left_out() {
        let mask = pictures().pop();
        let failure = edit(image_edit::Request { mask, ..image_edit::Request::new("redder", pictures()) }).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["mask".into()]));
    }
}
