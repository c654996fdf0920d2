"""Training by plain stochastic gradient descent, window by window, the state carried along."""

import contextlib
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

import files
from network import Network, engines, onednn_products


def configurations(options):
    if options.precision == "int8":
        raise SystemExit("There is no training in int8.")
    all = engines(options.precision)
    plain = [c for c in all if not c.special]
    return all + [replace(c, special="linear cross-entropy") for c in plain if c.engine != "jit"] + [
        replace(c, special="unfused SGD") for c in plain if c.engine == "eager"]


class Loss(nn.Module):
    """The mean cross-entropy of a window, and the state after it."""

    def __init__(self, network, linear):
        super().__init__()
        self.network = network
        self.linear = linear

    def forward(self, inputs, targets, state):
        network = self.network
        hidden, state = network.rnn(network.encoder(inputs), state)
        hidden = hidden.flatten(0, 1)
        if self.linear:
            decoder = network.decoder
            return F.linear_cross_entropy(hidden, decoder.weight, targets, linear_bias=decoder.bias), state
        return F.cross_entropy(network.decoder(hidden), targets), state


class Job:
    def __init__(self, options, configuration):
        self.configuration = configuration
        network = Network(options.cell, options.vocabulary, options.hidden)
        for parameter in network.parameters():
            nn.init.uniform_(parameter, -options.range, options.range)
        self.window = options.window
        # Eddy's windows: stream i begins at i·⌊M/B⌋ of M inputs.
        tokens = files.tokens(options.folder, options.tokens)
        length = (len(tokens) - 1) // options.batch
        self.inputs, self.targets = (
            tokens[first:first + length * options.batch].view(options.batch, length).t().contiguous()
            for first in [0, 1])
        self.position = 0
        self.state = network.initial_state(options.batch)
        with torch.no_grad():
            self.first = Loss(network, False)(*self.next_window(), self.state)[0].item()
        self.position = 0
        network = configuration.converted(network)
        self.parameters = list(network.parameters())
        self.optimiser = torch.optim.SGD(
            self.parameters, lr=options.rate, fused=configuration.special != "unfused SGD")
        self.state = network.initial_state(options.batch)
        loss = Loss(network, configuration.special == "linear cross-entropy")
        with configuration.context():
            self.loss = configuration.prepared(loss, (*self.next_window(), self.state))
        self.position = 0

    def next_window(self):
        if self.position + self.window > len(self.inputs):
            self.position = 0
        rows = slice(self.position, self.position + self.window)
        self.position += self.window
        return self.inputs[rows], self.targets[rows].flatten()

    def step(self):
        self.optimiser.zero_grad(set_to_none=True)
        with self.configuration.context():
            loss, state = self.loss(*self.next_window(), self.state)
        self.state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        with onednn_products() if self.configuration.products else contextlib.nullcontext():
            loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 0.25)
        self.optimiser.step()
        return loss.item()

    warm_up = step
