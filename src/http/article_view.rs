//! How is an article shown? One model for page and API: rendered with its links resolved as one viewer may follow them.
