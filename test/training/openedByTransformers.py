# Opens folders in Python's transformers and prints, as JSON, what each gives: the vectors of its first tokens, and the names of weights that
# were not there or not expected. Takes a file of papers and the folders.
import json
import sys

import torch
from transformers import AutoModel, BertTokenizer
from transformers.utils import logging

logging.set_verbosity_error()
papers = json.load(open(sys.argv[1], encoding="utf8"))
seen = []
for folder in sys.argv[2:]:
    tokenizer = BertTokenizer.from_pretrained(folder)
    model, loaded = AutoModel.from_pretrained(folder, output_loading_info=True)
    model.eval()
    vectors = {}
    for paper in papers.values():
        text = paper["title"] + tokenizer.sep_token + paper["abstract"]
        tokens = tokenizer(text, truncation=True, max_length=32, return_tensors="pt", return_token_type_ids=False)
        with torch.no_grad():
            vectors[paper["paper_id"]] = model(**tokens).last_hidden_state[0, 0].tolist()
    seen.append(
        {
            "dtype": str(model.dtype),
            "missing": sorted(loaded["missing_keys"]),
            "unexpected": sorted(loaded["unexpected_keys"]),
            "vectors": vectors,
        }
    )
print(json.dumps(seen))
