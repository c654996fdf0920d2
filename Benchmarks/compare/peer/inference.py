"""Evaluation of one carried stream, scoring of sentences, ranking of candidates."""

from dataclasses import replace
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

import files
from network import Network, engines


class LogProbabilities(nn.Module):
    """The log-probability of each target, and the state after the window."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, inputs, targets, rows, state):
        network = self.network
        hidden, state = network.rnn(network.encoder(inputs), state)
        # Rows that are padding are not decoded.
        scores = network.decoder(hidden.flatten(0, 1).index_select(0, rows))
        return -F.cross_entropy(scores, targets, reduction="none"), state


class ModelJob:
    def __init__(self, options, configuration, example):
        self.configuration = configuration
        network, self.vocabulary = Network.load(options.folder)
        self.hidden = network.rnn.hidden_size
        self.end = self.vocabulary["<eos>"]
        network = configuration.converted(network)
        self.dtype = torch.bfloat16 if configuration.numbers == "cast" else torch.float32
        batch = example[0].shape[1]
        with torch.inference_mode(), configuration.context():
            self.module = configuration.prepared(
                LogProbabilities(network), (*example, self.initial_state(batch)))

    def initial_state(self, batch):
        zeros = torch.zeros(2, batch, self.hidden, dtype=self.dtype)
        return zeros, zeros

    def run(self, *window):
        with torch.inference_mode(), self.configuration.context():
            return self.module(*window)


class Evaluation(ModelJob):
    """Reads a text as one stream; gives its perplexity."""

    def __init__(self, options, configuration):
        self.size = configuration.size
        self.rows = torch.arange(self.size)
        window = torch.zeros(self.size, 1, dtype=torch.long)
        super().__init__(options, configuration, (window, window.flatten(), self.rows))
        self.tokens = files.tokens(options.folder, "test.tokens")

    def perplexity(self, count):
        tokens = self.tokens[:count]
        inputs = torch.cat([torch.tensor([self.end]), tokens[:-1]])
        state = self.initial_state(1)
        total = 0.0
        for start in range(0, count, self.size):
            window = slice(start, start + self.size)
            targets = tokens[window]
            values, state = self.run(inputs[window].unsqueeze(1), targets, self.rows[:len(targets)], state)
            total += values.sum(dtype=torch.double).item()
        return torch.tensor(-total / count, dtype=torch.double).exp().item()

    def step(self):
        return self.perplexity(len(self.tokens))

    def warm_up(self):
        return self.perplexity(len(self.tokens) // 10)


class Scoring(ModelJob):
    """Scores sentences, sorted by length, in batches; gives the sum of their log-probabilities."""

    part = 20

    def __init__(self, options, configuration):
        self.size = configuration.size
        window = torch.zeros(20, self.size, dtype=torch.long)
        super().__init__(options, configuration, (window, window.flatten(), torch.arange(20 * self.size)))
        self.sentences = files.lines(options.folder, options.lists or "sentences.txt")

    def scores(self, sentences):
        unknown = self.vocabulary["<unk>"]
        encoded = [[self.vocabulary.get(word, unknown) for word in s.split()] + [self.end] for s in sentences]
        order = sorted(range(len(encoded)), key=lambda index: -len(encoded[index]))
        scores = torch.zeros(len(encoded), dtype=torch.double)
        for start in range(0, len(order), self.size):
            batch = order[start:start + self.size]
            length, count = len(encoded[batch[0]]), len(batch)
            targets = torch.tensor([encoded[i] + [-1] * (length - len(encoded[i])) for i in batch]).t()
            inputs = torch.cat([torch.full((1, count), self.end), targets[:-1].clamp(min=0)])
            targets = targets.flatten()
            rows = (targets >= 0).nonzero().flatten()
            values, _ = self.run(inputs, targets[rows], rows, self.initial_state(count))
            columns = torch.tensor(batch)[rows % count]
            scores.index_add_(0, columns, values.double())
        return scores

    def step(self):
        return self.scores(self.sentences).sum().item()

    def warm_up(self):
        return self.scores(self.sentences[:len(self.sentences) // self.part]).sum().item()


class Ranking(Scoring):
    """Scores all candidates like sentences and sorts each list; gives the sum of all log-probabilities."""

    part = 4

    def scores(self, sentences):
        scores = super().scores(sentences)
        scores.view(-1, 100).sort(dim=1, descending=True)
        return scores


def sized(sizes, names):
    def configurations(options):
        return [replace(c, size=size) for c in engines(options.precision) if c.engine in names for size in sizes]
    return configurations


evaluation = SimpleNamespace(Job=Evaluation, configurations=sized([64, 512, 4096], ["eager", "jit", "compile"]))
# Here 'jit' would trace every batch anew, and runs the operators of 'eager'.
scoring = SimpleNamespace(Job=Scoring, configurations=sized([32, 64, 128, 256], ["eager", "compile"]))
ranking = SimpleNamespace(Job=Ranking, configurations=scoring.configurations)
