"""The written loss of grouped queries is the cross-entropy of their triples, and so is its gradient."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from kg.embeddings.scoring.device import product_of
from kg.embeddings.scoring.softmax import softmax_loss


def plain(
    queries: torch.Tensor, candidates: torch.Tensor, rows: torch.Tensor, targets: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Every triple by itself, with torch's own loss and recorded gradients."""
    queries, candidates = queries.clone().requires_grad_(), candidates.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy((queries @ candidates.T)[rows], targets)
    loss.backward()
    assert queries.grad is not None
    assert candidates.grad is not None
    return loss.detach(), queries.grad, candidates.grad


@pytest.fixture
def batch() -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    queries = torch.randn(7, 12, generator=generator)
    candidates = torch.randn(23, 12, generator=generator)
    answers = torch.rand(7, 23, generator=generator) < 0.2
    answers[:, 3] = True  # each query has an answer
    rows, targets = answers.nonzero(as_tuple=True)
    return queries, candidates, rows, targets


@pytest.mark.parametrize("chunk", [23, 100, 22, 5, 1])
def test_loss_and_gradient_are_those_of_the_triples(batch: tuple[torch.Tensor, ...], chunk: int) -> None:
    for found, expected in zip(softmax_loss(*batch, product_of("fp32"), chunk), plain(*batch), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("chunk", [23, 5])
def test_large_scores_do_not_overflow(batch: tuple[torch.Tensor, ...], chunk: int) -> None:
    queries, candidates, rows, targets = batch
    for found, expected in zip(
        softmax_loss(queries * 300, candidates, rows, targets, product_of("fp32"), chunk),
        plain(queries * 300, candidates, rows, targets),
        strict=True,
    ):
        assert torch.isfinite(found).all()
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("chunk", [23, 5])
def test_bf16_products_are_near(batch: tuple[torch.Tensor, ...], chunk: int) -> None:
    for found, expected in zip(softmax_loss(*batch, product_of("bf16"), chunk), plain(*batch), strict=True):
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, expected, rtol=0.05, atol=0.03)
