"""What a file may cost. Plain Python: the child process that parses files reads it too."""

FILE_BYTES = 100 * 1024 * 1024
COLUMNS = 512
ROWS = 1_048_576
CELL_BYTES = 64 * 1024
UNZIPPED_BYTES = 1024 * 1024 * 1024
UNZIPPED_RATIO = 200
ZIP_PARTS = 10_000
MEMORY_BYTES = 500 * 1024 * 1024
CPU_SECONDS = 600

BATCH_ROWS = 1_000
BATCH_CHARACTERS = 4 * 1024 * 1024
# A row within the limits is at most this long; a longer line is never read as a whole.
ROW_CHARACTERS = COLUMNS * CELL_BYTES
# A frame holds at most one batch and one more row, in JSON (which doubles a character at worst).
FRAME_BYTES = 8 * (BATCH_CHARACTERS + ROW_CHARACTERS)

ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5")
SEPARATORS = (",", ";", "\t", "|")
FORMATS = ("csv", "columns", "xlsx")


class Refused(Exception):
    """The child's word that a file is refused: a code of `reader.REFUSALS`, and where."""

    def __init__(self, code: str, row: int = 0, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.row = row
        self.detail = detail
