"""The loss of 1vsAll for grouped queries, with its gradient: the price of one answer a query, whatever it has.

The cross-entropy of all triples of a query (s, p) is count * log Z - (the sum of the scores of its answers), and
log Z is the same for all of them. So each distinct query is scored once, weighted by how many answers it has; no
matrix of labels is made. The gradient is written down, not recorded: of n * entities numbers one copy is held.
"""

from __future__ import annotations

import torch

from kg.embeddings.scoring.device import Product

__all__ = ["softmax_loss"]


def softmax_loss(
    queries: torch.Tensor,
    candidates: torch.Tensor,
    rows: torch.Tensor,
    targets: torch.Tensor,
    product: Product,
    chunk: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the mean cross-entropy of answers among all candidates, and its gradients.

    Args:
        queries: (n, dim) float32; candidates: (entities, dim) float32.
        rows, targets: (m,) int64: answer i is candidate `targets[i]` of query `rows[i]`. A query and a target stand
            together once at most, and each query has a target.
        chunk: how many candidates are scored at once. Fewer than there are cost a fourth product of matrices, and
            hold n * chunk numbers instead of n * entities.

    Returns:
        loss: (), the sum over answers divided by m; its gradients for queries and for candidates.
    """
    counts = torch.bincount(rows, minlength=len(queries)).to(queries.dtype)
    if chunk >= len(candidates):
        return _at_once(queries, candidates, rows, targets, counts, product)
    return _in_chunks(queries, candidates, rows, targets, counts, product, chunk)


def _at_once(
    queries: torch.Tensor,
    candidates: torch.Tensor,
    rows: torch.Tensor,
    targets: torch.Tensor,
    counts: torch.Tensor,
    product: Product,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    scores = product(queries, candidates.T)
    own = scores[rows, targets].sum()
    highest = scores.amax(dim=1, keepdim=True)
    total = scores.sub_(highest).exp_().sum(dim=1)
    loss = (counts * (total.log() + highest[:, 0])).sum() - own
    gradient = scores.mul_((counts / total / len(rows))[:, None])
    gradient.view(-1)[rows * len(candidates) + targets] -= 1 / len(rows)
    return loss / len(rows), product(gradient, candidates), product(gradient.T, queries)


def _in_chunks(
    queries: torch.Tensor,
    candidates: torch.Tensor,
    rows: torch.Tensor,
    targets: torch.Tensor,
    counts: torch.Tensor,
    product: Product,
    chunk: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    log_total = torch.full((len(queries),), -torch.inf, dtype=queries.dtype, device=queries.device)
    for part in torch.split(candidates, chunk):
        log_total = torch.logaddexp(log_total, product(queries, part.T).logsumexp(dim=1))
    answers, asked = candidates[targets], queries[rows]
    loss = (counts * log_total).sum() - (asked * answers).sum()
    to_queries = torch.zeros_like(queries).index_add_(0, rows, answers, alpha=-1 / len(rows))
    to_candidates = torch.zeros_like(candidates).index_add_(0, targets, asked, alpha=-1 / len(rows))
    weights = counts / len(rows)
    for part, to_part in zip(torch.split(candidates, chunk), torch.split(to_candidates, chunk), strict=True):
        probabilities = product(queries, part.T).sub_(log_total[:, None]).exp_().mul_(weights[:, None])
        to_queries += product(probabilities, part)
        to_part.add_(product(probabilities.T, queries))
    return loss / len(rows), to_queries, to_candidates
