"""Files that people hand in: bytes on disk by digest, attachments of records, and what may be shown of them."""
