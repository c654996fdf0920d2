"""The network, and the ways in which PyTorch can run it."""

import contextlib
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
    def load(folder):
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
    #: float32; autocast (to bfloat16); cast (the module to bfloat16); products (in bfloat16 inside oneDNN, all else in
    #: float32); int8 (dynamic).
    numbers: str = "float32"
    #: Whatever else is special.
    special: str = ""
    #: Tokens or sentences that are run at once; 0 where the job says how many.
    size: int = 0

    def __str__(self):
        parts = [self.engine, self.numbers, self.special, f"{self.size} at once" if self.size else ""]
        return ", ".join(part for part in parts if part)

    @contextlib.contextmanager
    def context(self):
        """Around everything that runs in this configuration."""
        with contextlib.ExitStack() as stack:
            if self.numbers == "autocast":
                stack.enter_context(torch.autocast("cpu", dtype=torch.bfloat16))
            if self.special == "without oneDNN":
                stack.enter_context(torch.backends.mkldnn.flags(enabled=False))
            if self.numbers == "products":
                stack.enter_context(bfloat16_products())
            yield

    def prepared(self, module, example):
        """The module as this configuration runs it; `example` is what it is called with."""
        if self.engine == "jit":
            return torch.jit.trace(module, example, check_trace=False)
        return torch.compile(module) if self.engine == "compile" else module

    def converted(self, network):
        """The network with the numbers of this configuration."""
        if self.numbers == "cast":
            return network.to(torch.bfloat16)
        if self.numbers == "int8":
            return torch.ao.quantization.quantize_dynamic(network, {nn.LSTM, nn.Linear}, dtype=torch.qint8)
        return network


@contextlib.contextmanager
def bfloat16_products():
    kinds = [torch.backends.mkldnn.matmul, torch.backends.mkldnn.rnn]
    before = [kind.fp32_precision for kind in kinds]
    for kind in kinds:
        kind.fp32_precision = "bf16"
    try:
        yield
    finally:
        for kind, precision in zip(kinds, before):
            kind.fp32_precision = precision


def engines(precision):
    """The configurations that every job can be done in."""
    return {
        "float32": [Configuration(), Configuration("jit"), Configuration("compile"),
                    Configuration(special="without oneDNN")],
        "bfloat16": [Configuration(engine, numbers) for numbers in ["autocast", "cast"]
                     for engine in ["eager", "jit", "compile"]] + [Configuration("eager", "products")],
        "int8": [Configuration("eager", "int8")],
    }[precision]
