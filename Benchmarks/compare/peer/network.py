"""The network, and the ways in which PyTorch can run it."""

import contextlib
import copy
import functools
from dataclasses import dataclass

import torch
from torch import nn

import files


class Network(nn.Module):
    """Word vectors, two recurrent layers, scores of all words: PyTorch's word_language_model."""

    def __init__(self, cell, vocabulary, hidden):
        super().__init__()
        self.encoder = nn.Embedding(vocabulary, hidden)
        self.rnn = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell](hidden, hidden, 2)
        self.decoder = nn.Linear(hidden, vocabulary)

    def initial_state(self, batch):
        zeros = torch.zeros(2, batch, self.rnn.hidden_size, dtype=self.decoder.weight.dtype)
        return (zeros, zeros) if isinstance(self.rnn, nn.LSTM) else zeros

    @staticmethod
    @functools.cache
    def load(folder):
        """The model in the folder, and its vocabulary."""
        tensors = files.tensors(folder)
        weights = {n: torch.tensor(t) for n, t in tensors.items() if not n.startswith("vocabulary.")}
        network = Network("lstm", *weights["encoder.weight"].shape)
        network.load_state_dict(weights)
        return network.eval(), files.vocabulary(tensors)


@dataclass(frozen=True)
class Configuration:
    """One way to have a peer do a job."""

    #: eager, jit, compile, or onnxruntime.
    engine: str = "eager"
    #: float32; autocast (to bfloat16); cast (the module to bfloat16); int8 (dynamic).
    numbers: str = "float32"
    #: Whether oneDNN multiplies float32 matrices, and not MKL, which is slow on other makers' processors.
    products: bool = False
    #: Whatever else is special.
    special: str = ""
    #: Tokens or sentences that are run at once; 0 where the job says how many.
    size: int = 0

    def __str__(self):
        parts = [self.engine, self.numbers, "oneDNN products" if self.products else "", self.special,
                 f"{self.size} at once" if self.size else ""]
        return ", ".join(part for part in parts if part)

    @contextlib.contextmanager
    def context(self):
        """Around everything that runs in this configuration."""
        with contextlib.ExitStack() as stack:
            if self.numbers == "autocast":
                stack.enter_context(torch.autocast("cpu", dtype=torch.bfloat16))
            if self.special == "without oneDNN":
                stack.enter_context(torch.backends.mkldnn.flags(enabled=False))
            if self.products:
                stack.enter_context(onednn_products())
            yield

    def prepared(self, module, example):
        """The module as this configuration runs it; `example` is what it is called with."""
        if self.engine == "jit":
            return torch.jit.trace(module, example, check_trace=False)
        if self.engine == "compile":
            # Where nothing is trained, weights are packed once.
            return torch.compile(module, options={"freezing": not torch.is_grad_enabled()})
        return module

    def converted(self, network):
        """The network with the numbers of this configuration."""
        if self.numbers == "cast":
            return copy.deepcopy(network).to(torch.bfloat16)
        if self.numbers == "int8":
            return torch.ao.quantization.quantize_dynamic(network, {nn.LSTM, nn.Linear}, dtype=torch.qint8)
        return network


@contextlib.contextmanager
def onednn_products():
    """Asking for less precise products of float32 matrices hands them to oneDNN. It rounds them to bfloat16 only where the
    processor has tiles for that."""
    kinds = [torch.backends.mkldnn.matmul, torch.backends.mkldnn.rnn]
    before = [kind.fp32_precision for kind in kinds]
    for kind in kinds:
        kind.fp32_precision = "bf16"
    try:
        yield
    finally:
        for kind, precision in zip(kinds, before):
            kind.fp32_precision = precision


def onednn_products_are_float32():
    a, b = torch.randn(512, 512), torch.randn(512, 512)
    with torch.no_grad(), onednn_products():
        error = nn.functional.linear(a, b).double() - nn.functional.linear(a.double(), b.double())
    return error.abs().max().item() < 1e-3


def engines(precision):
    """The configurations that every job can be done in."""
    names = ["eager", "jit", "compile"]
    if precision == "float32":
        products = [False, True] if onednn_products_are_float32() else [False]
        return [Configuration(name, products=p) for name in names for p in products] + [
            Configuration(special="without oneDNN")]
    if precision == "bfloat16":
        return [Configuration(name, numbers) for numbers in ["autocast", "cast"] for name in names] + [
            Configuration(products=True)]
    return [Configuration(numbers="int8")]
