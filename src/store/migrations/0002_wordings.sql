-- Other ways in which people asked a question, as JSON: it is found by them.
ALTER TABLE questions ADD COLUMN wordings TEXT NOT NULL DEFAULT '[]';
