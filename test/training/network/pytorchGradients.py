"""Gradients of ModernBERT and Nomic's BERT by PyTorch in double precision, written down from their papers and published code: what
otherKinds.test.ts holds ours against. Prints pytorchGradients.json; made with PyTorch 1.13.

    python3 pytorchGradients.py > pytorchGradients.json
"""
import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

MODERNBERT = dict(hidden=16, heads=2, wide=12, layers=4, every=3, window=8, global_base=160_000, local_base=10_000, eps=1e-5, words=30)
NOMIC = dict(hidden=16, heads=2, wide=256, layers=2, base=1_000, eps=1e-12, words=30)
TEXTS = [[3 + (7 * place + row) % 27 for place in range(length)] for row, length in enumerate([23, 5, 14])]


def numbers(count, seed):
    """Numbers from -1 to below 1 that any language makes alike, of a linear congruential generator."""
    state, out = seed, []
    for _ in range(count):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        out.append(state / 2**31 - 1)
    return torch.tensor(out)


def rotate(x, base):
    count, width = x.shape[-2:]
    angles = torch.arange(count)[:, None] * base ** (-torch.arange(0, width, 2) / width)
    cosines, sines = (torch.cat([table, table], -1) for table in (torch.cos(angles), torch.sin(angles)))
    turned = torch.cat([-x[..., width // 2 :], x[..., : width // 2]], -1)
    return x * cosines + turned * sines


def attend(x, joined, heads, base, window):
    count, hidden = x.shape
    queries, keys, values = (
        part.reshape(count, heads, -1).transpose(0, 1) for part in (x @ joined.T).split(hidden, -1)
    )
    scores = rotate(queries, base) @ rotate(keys, base).transpose(1, 2) / math.sqrt(hidden / heads)
    if window is not None:
        places = torch.arange(count)
        scores = scores.masked_fill((places[:, None] - places).abs() > window // 2, -math.inf)
    return (scores.softmax(-1) @ values).transpose(0, 1).reshape(count, hidden)


def modernbert_shapes(of):
    hidden, wide = of["hidden"], of["wide"]
    yield "embeddings.tok_embeddings.weight", (of["words"], hidden)
    yield "embeddings.norm.weight", (hidden,)
    for layer in range(of["layers"]):
        if layer > 0:
            yield f"layers.{layer}.attn_norm.weight", (hidden,)
        yield f"layers.{layer}.attn.Wqkv.weight", (3 * hidden, hidden)
        yield f"layers.{layer}.attn.Wo.weight", (hidden, hidden)
        yield f"layers.{layer}.mlp_norm.weight", (hidden,)
        yield f"layers.{layer}.mlp.Wi.weight", (2 * wide, hidden)
        yield f"layers.{layer}.mlp.Wo.weight", (hidden, wide)
    yield "final_norm.weight", (hidden,)


def modernbert(of, weights, ids):
    def norm(x, name):
        return F.layer_norm(x, (of["hidden"],), weights[f"{name}.weight"], None, of["eps"])

    x = norm(weights["embeddings.tok_embeddings.weight"][ids], "embeddings.norm")
    for layer in range(of["layers"]):
        at = f"layers.{layer}"
        whole = layer % of["every"] == 0
        base, window = (of["global_base"], None) if whole else (of["local_base"], of["window"])
        normed = x if layer == 0 else norm(x, f"{at}.attn_norm")
        x = x + attend(normed, weights[f"{at}.attn.Wqkv.weight"], of["heads"], base, window) @ weights[f"{at}.attn.Wo.weight"].T
        curved, gate = (norm(x, f"{at}.mlp_norm") @ weights[f"{at}.mlp.Wi.weight"].T).chunk(2, -1)
        x = x + (F.gelu(curved) * gate) @ weights[f"{at}.mlp.Wo.weight"].T
    return norm(x, "final_norm")


def nomic_shapes(of):
    hidden, wide = of["hidden"], of["wide"]
    yield "embeddings.word_embeddings.weight", (of["words"], hidden)
    yield "embeddings.token_type_embeddings.weight", (2, hidden)
    yield from norm_shapes("emb_ln", hidden)
    for layer in range(of["layers"]):
        at = f"encoder.layers.{layer}"
        yield f"{at}.attn.Wqkv.weight", (3 * hidden, hidden)
        yield f"{at}.attn.out_proj.weight", (hidden, hidden)
        yield from norm_shapes(f"{at}.norm1", hidden)
        yield f"{at}.mlp.fc11.weight", (wide, hidden)
        yield f"{at}.mlp.fc12.weight", (wide, hidden)
        yield f"{at}.mlp.fc2.weight", (hidden, wide)
        yield from norm_shapes(f"{at}.norm2", hidden)


def norm_shapes(name, hidden):
    yield f"{name}.weight", (hidden,)
    yield f"{name}.bias", (hidden,)


def nomic(of, weights, ids):
    def norm(x, name):
        return F.layer_norm(x, (of["hidden"],), weights[f"{name}.weight"], weights[f"{name}.bias"], of["eps"])

    words = weights["embeddings.word_embeddings.weight"][ids]
    x = norm(words + weights["embeddings.token_type_embeddings.weight"][0], "emb_ln")
    for layer in range(of["layers"]):
        at = f"encoder.layers.{layer}"
        attended = attend(x, weights[f"{at}.attn.Wqkv.weight"], of["heads"], of["base"], None)
        x = norm(x + attended @ weights[f"{at}.attn.out_proj.weight"].T, f"{at}.norm1")
        inner = (x @ weights[f"{at}.mlp.fc11.weight"].T) * F.silu(x @ weights[f"{at}.mlp.fc12.weight"].T)
        x = norm(x + inner @ weights[f"{at}.mlp.fc2.weight"].T, f"{at}.norm2")
    return x


def gradients(of, shapes, forward, pooling):
    weights = {}
    for number, (name, shape) in enumerate(shapes(of)):
        centre = 1 if len(shape) == 1 and name.endswith(".weight") else 0
        values = centre + 0.5 * numbers(math.prod(shape), number + 1)
        weights[name] = values.reshape(shape).float().double().requires_grad_()
    outputs = [forward(of, weights, ids) for ids in TEXTS]
    query, positive, negative = (out.mean(0) if pooling == "mean" else out[0] for out in outputs)
    distance = lambda a, b: ((a - b + 1e-6) ** 2).sum().sqrt()
    loss = distance(query, positive) - distance(query, negative) + 50
    loss.backward()
    found = {}
    for name, each in weights.items():
        flat = each.grad.reshape(-1)
        found[name] = [float(flat.norm())] + [float(flat @ numbers(flat.numel(), seed)) for seed in (101, 102, 103)]
    return {"loss": float(loss), "gradients": found}


print(
    json.dumps(
        {
            f"{kind} {pooling}": gradients(of, shapes, forward, pooling)
            for kind, of, shapes, forward in (
                ("modernbert", MODERNBERT, modernbert_shapes, modernbert),
                ("nomic_bert", NOMIC, nomic_shapes, nomic),
            )
            for pooling in ("cls", "mean")
        },
        indent=1,
    )
)
