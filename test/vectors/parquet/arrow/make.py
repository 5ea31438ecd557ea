"""Makes the parquet files of this folder, as PyArrow writes them: python make.py (pyarrow 25.0.1)."""
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

here = Path(__file__).parent
float32 = pa.float32()
ids = pa.array(["a", "b", "c"])
vectors = [[1, 4], [2, 5], [3, 6]]
floats = pa.array(vectors, pa.list_(float32))


def write(name, names, columns, **options):
    table = pa.Table.from_arrays(columns, names=names)
    pq.write_table(table, here / f"{name}.parquet", store_schema=False, **options)


def embeddings(name, values, **options):
    write(name, ["paper_id", "embedding"], [ids, values], **options)


def papers(name, values, **options):
    write(name, ["paper_id", "embedding"], [values, floats], **options)


embeddings("large-list", pa.array(vectors, pa.large_list(float32)))
embeddings("fixed-size-list", pa.array(vectors, pa.list_(float32, 2)))
embeddings("half-list", pa.array([[1.5, 4], [2, 5], [3, 6]], pa.list_(pa.float16())))
embeddings("old-list-names", floats, use_compliant_nested_type=False)
embeddings("pages-of-version-2", pa.array([[1, 4], None, [3, 6]], pa.list_(float32)), data_page_version="2.0")
embeddings("null-large-list", pa.array([[1, 4], None, []], pa.large_list(float32)))
embeddings("null-fixed-size-list", pa.array([[1, 4], None, [3, 6]], pa.list_(float32, 2)))
embeddings("null-number", pa.array([[1, 4], [2, None], [3, 6]], pa.large_list(float32)))
embeddings("whole-numbers", pa.array(vectors, pa.list_(pa.int64())))
embeddings("bytes", pa.array(vectors, pa.list_(pa.uint8())))
embeddings("lists-of-lists", pa.array([[v] for v in vectors], pa.list_(pa.list_(float32))))
embeddings("list-of-structs", pa.array([[{"x": 1}, {"x": 4}]] * 3, pa.list_(pa.struct([("x", float32)]))))
embeddings("map", pa.array([[("x", 1.0)]] * 3, pa.map_(pa.string(), float32)))
struct = pa.array([{"values": v} for v in vectors], pa.struct([("values", pa.list_(float32))]))
embeddings("struct", struct)
write("struct-of-another-name", ["paper_id", "vector"], [ids, struct])
write("struct-beside", ["paper_id", "meta", "embedding"], [ids, struct, floats])
write("two-embeddings", ["paper_id", "embedding", "embedding"], [ids, floats, floats])
write("two-ids", ["paper_id", "paper_id", "embedding"], [ids, pa.array(["x", "y", "z"]), floats])

papers("ids-large-text", pa.array(["a", "b", "c"], pa.large_string()))
papers("ids-dictionary", ids.dictionary_encode())
papers("ids-dictionary-int64", pa.array([7, 7_000_000_000, 9]).dictionary_encode())
papers("ids-int64", pa.array([-1, 2**62, 3]))
papers("ids-int64-delta", pa.array([10**12, 5, -7]), use_dictionary=False,
       column_encoding={"paper_id": "DELTA_BINARY_PACKED"})
papers("ids-uint64", pa.array([2**64 - 1, 2**63, 3], pa.uint64()))
papers("ids-uint32", pa.array([2**32 - 1, 2**31, 3], pa.uint32()))
papers("ids-null", pa.array(["a", None, "c"]))
papers("ids-null-int64", pa.array([1, None, 3]))
papers("ids-not-text", pa.array([b"a", b"b", b"\xff"]))
papers("ids-decimal", pa.array([1, 2, 3], pa.decimal128(10, 0)))
papers("ids-date", pa.array([date(2020, 1, 1)] * 3))
papers("ids-struct", pa.array([{"id": "a"}] * 3))
papers("ids-list", pa.array([["a"], ["b"], ["c"]]))


class Keys(pe.KmsClient):
    """Wraps a key in nothing: the files are to be refused, not read."""

    def __init__(self, _connection):
        super().__init__()

    def wrap_key(self, key, _master):
        return key.hex()


def encrypted(name, columns, plaintext_footer):
    whole = pe.EncryptionConfiguration(footer_key="footer", uniform_encryption=True)
    parts = pe.EncryptionConfiguration(
        footer_key="footer", column_keys={"columns": columns}, plaintext_footer=plaintext_footer
    )
    properties = pe.CryptoFactory(Keys).file_encryption_properties(
        pe.KmsConnectionConfig(), parts if columns else whole
    )
    table = pa.Table.from_arrays([ids, floats], names=["paper_id", "embedding"])
    with pq.ParquetWriter(here / f"{name}.parquet", table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)


encrypted("encrypted-whole", [], False)
encrypted("encrypted-ids", ["paper_id"], True)
encrypted("encrypted-vectors", ["embedding.list.element"], True)
