//! What is in a text? Characters become normal forms, words, terms with their places, and pinyin; all `&str` in, spans out.

pub mod slug;
