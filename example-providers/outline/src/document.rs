//! Reads a document once and keeps what belongs into its outline.

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use serde::Serialize;

use crate::slug::Slugs;
use crate::text::{Lines, WordCounter};

/// The most sections and the most links that are listed, as the schema says.
pub(crate) const MAX_ITEMS: usize = 10_000;

/// The outline, as it is written.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Outline {
    pub(crate) title: Option<String>,
    pub(crate) words: usize,
    pub(crate) sections: Vec<Section>,
    pub(crate) links: Vec<Link>,
    pub(crate) code_languages: Vec<String>,
    /// Whether there are more sections than are listed.
    #[serde(skip)]
    pub(crate) more_sections: bool,
    /// Whether there are more links than are listed.
    #[serde(skip)]
    pub(crate) more_links: bool,
}

/// A heading and the text below it.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Section {
    pub(crate) level: usize,
    pub(crate) title: String,
    pub(crate) slug: String,
    pub(crate) line: usize,
    pub(crate) words: usize,
    pub(crate) parent: Option<usize>,
}

/// A link.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) url: String,
}

impl Outline {
    /// The outline of a document, with headings up to this level.
    pub(crate) fn read(markdown: &str, max_depth: usize) -> Self {
        let mut reader = Reader::new(markdown, max_depth);
        for (event, range) in Parser::new_ext(markdown, extensions()).into_offset_iter() {
            reader.event(event, range.start);
        }
        reader.outline.words = reader.words.count;
        reader.close_section();
        reader.outline
    }
}

/// What GitHub understands, and front matter, which would be a heading otherwise.
fn extensions() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
}

struct Reader<'a> {
    max_depth: usize,
    outline: Outline,
    slugs: Slugs,
    lines: Lines<'a>,
    words: WordCounter,
    /// Words of the document before the text of the section began.
    words_before: usize,
    /// Sections around the current place, the outermost first.
    open: Vec<usize>,
    /// The text of the heading, with the level and the line, while in one.
    heading: Option<(usize, usize, String)>,
    /// The link, while in one.
    link: Option<Link>,
    /// Whether the text is no prose: code or front matter.
    silent: bool,
}

impl<'a> Reader<'a> {
    fn new(markdown: &'a str, max_depth: usize) -> Self {
        Self {
            max_depth,
            outline: Outline::default(),
            slugs: Slugs::default(),
            lines: Lines::new(markdown),
            words: WordCounter::default(),
            words_before: 0,
            open: Vec::new(),
            heading: None,
            link: None,
            silent: false,
        }
    }

    fn event(&mut self, event: Event<'_>, place: usize) {
        match event {
            Event::Start(tag) => self.start(tag, place),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, place: usize) {
        match tag {
            Tag::Heading { level, .. } if level as usize <= self.max_depth => {
                self.close_section();
                self.heading = Some((level as usize, self.lines.at(place), String::new()));
            }
            Tag::Link { link_type, dest_url, .. } => {
                let scheme = if link_type == LinkType::Email { "mailto:" } else { "" };
                self.link = Some(Link { text: String::new(), url: format!("{scheme}{dest_url}") });
            }
            Tag::CodeBlock(kind) => {
                self.silent = true;
                if let CodeBlockKind::Fenced(info) = kind {
                    self.language(&info);
                }
            }
            Tag::MetadataBlock(_) => self.silent = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.open_section(),
            TagEnd::Link => self.keep_link(),
            TagEnd::CodeBlock | TagEnd::MetadataBlock(_) => self.silent = false,
            // What is in the middle of a line doesn't end a word.
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Image => return,
            _ => {}
        }
        if tag != TagEnd::Link {
            self.words.end_word();
        }
    }

    fn text(&mut self, text: &str) {
        if self.silent {
            return;
        }
        self.words.add(text);
        if let Some((_, _, title)) = &mut self.heading {
            title.push_str(text);
        }
        if let Some(link) = &mut self.link {
            link.text.push_str(text);
        }
    }

    /// A heading is complete: what follows is its text.
    fn open_section(&mut self) {
        let Some((level, line, title)) = self.heading.take() else { return };
        self.words_before = self.words.count;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        if level == 1 && self.outline.title.is_none() {
            self.outline.title = Some(title.clone());
        }
        if self.outline.sections.len() >= MAX_ITEMS {
            self.outline.more_sections = true;
            return;
        }
        let sections = &self.outline.sections;
        while self.open.last().and_then(|&index| sections.get(index)).is_some_and(|section| section.level >= level) {
            self.open.pop();
        }
        let parent = self.open.last().copied();
        self.open.push(sections.len());
        let slug = self.slugs.make(&title);
        self.outline.sections.push(Section { level, title, slug, line, words: 0, parent });
    }

    /// The text of the last section is complete. That of one that isn't listed counts nowhere but in the whole.
    fn close_section(&mut self) {
        if let Some(section) = self.outline.sections.last_mut()
            && !self.outline.more_sections
        {
            section.words = self.words.count - self.words_before;
        }
    }

    fn keep_link(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        if self.outline.links.len() >= MAX_ITEMS {
            self.outline.more_links = true;
            return;
        }
        link.text = link.text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.outline.links.push(link);
    }

    /// Keeps the first word of what stands behind the fence, for example of `rust,ignore`.
    fn language(&mut self, info: &str) {
        let ends = |character: char| character.is_whitespace() || matches!(character, ',' | '{' | ':');
        let language = info.split(ends).next().unwrap_or_default().to_lowercase();
        if !language.is_empty() && !self.outline.code_languages.contains(&language) {
            self.outline.code_languages.push(language);
        }
    }
}
