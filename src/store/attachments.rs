//! Which files came with a case? Records, and their bytes apart from them, in the same transaction as the case.

use super::error::{Error, Result};
use super::sql::{Columns, Sql, ms};
use super::tx::{Read, Tx};
use crate::model::case::{Attachment, FileName, Reach};
use crate::model::{AttachmentId, CaseId};
use sqlx::any::AnyRow;

impl Tx {
    /// Keeps a file of a case.
    ///
    /// # Errors
    /// As the database has it; the size that the record says must be that of the bytes.
    pub async fn add_attachment(&mut self, attachment: &Attachment, bytes: Vec<u8>) -> Result<()> {
        if u64::try_from(bytes.len()).ok() != Some(attachment.size) {
            return Err(Error::row("no attachment of another size than it says"));
        }
        let text = "INSERT INTO attachments (id, case_id, event, reach, name, media_type, size, hash, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let sql = Sql::new(text)
            .bind(attachment.id.to_string())
            .bind(attachment.case.to_string())
            .bind(attachment.event)
            .bind(attachment.reach.as_str())
            .bind(attachment.name.as_str())
            .bind(attachment.media_type.as_str())
            .bind(i64::try_from(attachment.size).unwrap_or(i64::MAX))
            .bind(attachment.hash.as_str())
            .bind(ms(attachment.created_at));
        self.run(sql).await?;
        let sql = Sql::new("INSERT INTO attachment_bytes (attachment_id, bytes) VALUES ($1, $2)");
        self.run(sql.bind(attachment.id.to_string()).bind(bytes))
            .await
            .map(drop)
    }
}

impl Read {
    /// The files of a case that are seen at `reach`, the earliest first.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn attachments(&mut self, case: CaseId, reach: Reach) -> Result<Vec<Attachment>> {
        let mut sql = Sql::new("SELECT id, case_id, event, reach, name, media_type, size, hash, created_at FROM attachments WHERE case_id = $1")
            .bind(case.to_string());
        if reach == Reach::Public {
            sql.push(" AND reach = 'public'");
        }
        sql.push(" ORDER BY event, id");
        self.all(sql).await?.iter().map(read_attachment).collect()
    }

    /// A file of this case, with its bytes, if it is seen at `reach`. There is no reading by the id alone.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn attachment(
        &mut self,
        case: CaseId,
        id: AttachmentId,
        reach: Reach,
    ) -> Result<Option<(Attachment, Vec<u8>)>> {
        let text = "SELECT id, case_id, event, reach, name, media_type, size, hash, created_at, bytes \
                    FROM attachments JOIN attachment_bytes ON attachment_id = id WHERE case_id = $1 AND id = $2";
        let row = self
            .one(Sql::new(text).bind(case.to_string()).bind(id.to_string()))
            .await?;
        let Some(row) = row else { return Ok(None) };
        let attachment = read_attachment(&row)?;
        if reach == Reach::Public && attachment.reach == Reach::Internal {
            return Ok(None);
        }
        Ok(Some((attachment, row.bytes("bytes")?)))
    }

    /// How many bytes the files of a case have together.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn attached_bytes(&mut self, case: CaseId) -> Result<u64> {
        let text = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS n FROM attachments WHERE case_id = $1";
        let row = self.one(Sql::new(text).bind(case.to_string())).await?;
        let sum = row.map(|row| row.int("n")).transpose()?.unwrap_or(0);
        Ok(u64::try_from(sum).unwrap_or_default())
    }

    /// How many bytes all files of all cases have together.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn all_attached_bytes(&mut self) -> Result<u64> {
        let text = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS n FROM attachments";
        let row = self.one(Sql::new(text)).await?;
        let sum = row.map(|row| row.int("n")).transpose()?.unwrap_or(0);
        Ok(u64::try_from(sum).unwrap_or_default())
    }
}

fn read_attachment(row: &AnyRow) -> Result<Attachment> {
    Ok(Attachment {
        id: row.read("id", AttachmentId::parse)?,
        case: row.read("case_id", CaseId::parse)?,
        event: row.int("event")?,
        reach: row.read("reach", Reach::parse)?,
        name: row.read("name", FileName::parse)?,
        media_type: row.text("media_type")?,
        size: u64::try_from(row.int("size")?).unwrap_or_default(),
        hash: row.text("hash")?,
        created_at: row.time("created_at")?,
    })
}
