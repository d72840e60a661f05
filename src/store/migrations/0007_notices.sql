-- What is to be said once to who is signed in, on the page after a redirect: the next page may come from another server.
ALTER TABLE sessions ADD COLUMN said TEXT NOT NULL DEFAULT '';

-- Replacing a row removes the one before without asking the guard of removing.
-- ONLY SQLITE
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
-- END ONLY
