"""One contender's process: the same training step in PyTorch, with a BERT written out. Prints a line of JSON."""
import argparse, json, math, resource, time
import torch
from torch import nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--triplets", type=int, default=1)
parser.add_argument("--tokens", default="256,256,256")
parser.add_argument("--steps", type=int, default=5)
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--layers", type=int, default=12)
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(1)
H, HEADS, WIDE, VOCAB = 768, 12, 3072, 31090


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(H, H) for _ in range(4))
        self.n1, self.n2 = nn.LayerNorm(H, eps=1e-12), nn.LayerNorm(H, eps=1e-12)
        self.up, self.down = nn.Linear(H, WIDE), nn.Linear(WIDE, H)
        self.drop = nn.Dropout(args.dropout)

    def forward(self, x, mask):
        b, n, _ = x.shape
        heads = lambda y: y.view(b, n, HEADS, H // HEADS).transpose(1, 2)
        q, k, v = heads(self.q(x)), heads(self.k(x)), heads(self.v(x))
        shares = (q @ k.transpose(-1, -2) / math.sqrt(H // HEADS) + mask).softmax(-1)
        context = (self.drop(shares) @ v).transpose(1, 2).reshape(b, n, H)
        x = self.n1(self.drop(self.o(context)) + x)
        return self.n2(self.drop(self.down(F.gelu(self.up(x)))) + x)


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions, self.types = nn.Embedding(VOCAB, H), nn.Embedding(512, H), nn.Embedding(2, H)
        self.norm, self.drop = nn.LayerNorm(H, eps=1e-12), nn.Dropout(args.dropout)
        self.layers = nn.ModuleList(Layer() for _ in range(args.layers))

    def forward(self, ids, mask):
        n = ids.shape[1]
        x = self.words(ids) + self.positions(torch.arange(n)) + self.types(torch.zeros_like(ids))
        x = self.drop(self.norm(x))
        for layer in self.layers:
            x = layer(x, mask)
        return x[:, 0]


model = Bert().train()
for p in model.parameters():
    if p.dim() > 1:
        nn.init.normal_(p, std=0.02)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
lengths = [int(n) for n in args.tokens.split(",")] * args.triplets
longest = max(lengths)
ids = torch.randint(0, VOCAB, (len(lengths), longest))
real = torch.tensor([[1.0] * n + [0.0] * (longest - n) for n in lengths])
mask = (1 - real)[:, None, None, :] * -10000.0
times = []
for step in range(args.steps + 1):
    started, cpu = time.perf_counter(), time.process_time()
    optimizer.zero_grad(set_to_none=True)
    q, p, n = model(ids, mask).view(-1, 3, H).unbind(1)
    loss = F.relu(F.pairwise_distance(q, p) - F.pairwise_distance(q, n) + 1).mean()
    loss.backward()
    passed = time.perf_counter()
    torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
    optimizer.step()
    ended = time.perf_counter()
    if step > 0:
        times.append((passed - started, ended - passed, ended - started, time.process_time() - cpu))
least = [min(column) for column in zip(*times)]
median = sorted(t[0] for t in times)[len(times) // 2]
print(json.dumps({
    "passes": least[0], "passesMedian": median, "optimizer": least[1], "whole": least[2], "cpu": least[3],
    "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "torch": torch.__version__,
}))
