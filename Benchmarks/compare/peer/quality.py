"""The PyTorch side of Benchmarks/compare/quality: trains one tied LSTM layer for so many minutes and prints a line of JSON for
each validation. With --survey it tries every configuration in one process and names the fastest."""

import argparse
import contextlib
import json
import math
import warnings
from collections import Counter
from dataclasses import replace
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import nn

import measuring
from network import engines, onednn_products, onednn_products_are_float32

#: Updates between two looks at the clock in a survey.
WARM_UP = 3
#: Steps of the validation text that are read at once.
STEPS_AT_ONCE = 1024


def configurations(precisions):
    """The ways to train, not compiled. Not among them: the module cast to bfloat16, which would keep the weights themselves in
    it."""
    all = [c for p in precisions for c in engines(p) if c.engine == "eager" and c.numbers != "cast"]
    return all + [replace(c, special=special) for c in all if not c.special
                  for special in ["linear cross-entropy", "unfused AdamW"]]


def precision(configuration):
    """What products are computed in."""
    is_rounded = configuration.products and not onednn_products_are_float32()
    return "bfloat16" if configuration.numbers == "autocast" or is_rounded else "float32"


class Network(nn.Module):
    """Word vectors, an LSTM layer, a projection, scores of all words by the word vectors; dropout before layer and scores."""

    def __init__(self, vocabulary, options):
        super().__init__()
        self.encoder = nn.Embedding(vocabulary, options.embedding)
        self.rnn = nn.LSTM(options.embedding, options.hidden)
        self.projection = nn.Linear(options.hidden, options.embedding)
        self.decoder = nn.Linear(options.embedding, vocabulary)
        self.decoder.weight = self.encoder.weight
        self.dropout = nn.Dropout(options.dropout)
        # PyTorch has two biases, of which only the sum matters; Eddy has one.
        self.rnn.bias_hh_l0.requires_grad_(False)

    @torch.no_grad()
    def begin(self):
        """Random weights with Eddy's ranges."""
        torch.manual_seed(0)
        range = self.rnn.hidden_size ** -0.5
        for parameter in [*self.rnn.parameters(), *self.projection.parameters()]:
            parameter.uniform_(-range, range)
        self.encoder.weight.uniform_(-0.1, 0.1)
        self.rnn.bias_hh_l0.zero_()
        self.decoder.bias.zero_()

    def initial_state(self, batch):
        zeros = torch.zeros(1, batch, self.rnn.hidden_size)
        return zeros, zeros

    def forward(self, inputs, state):
        """What the decoder reads, and the state after the window."""
        hidden, state = self.rnn(self.dropout(self.encoder(inputs)), state)
        return self.dropout(self.projection(hidden.flatten(0, 1))), state


class Loss(nn.Module):
    """The mean cross-entropy of a window, and the state after it."""

    def __init__(self, network, linear):
        super().__init__()
        self.network = network
        self.linear = linear

    def forward(self, inputs, targets, state):
        decoder = self.network.decoder
        top, state = self.network(inputs, state)
        if self.linear:
            return F.linear_cross_entropy(top, decoder.weight, targets, linear_bias=decoder.bias), state
        return F.cross_entropy(decoder(top), targets), state


class Texts:
    """Both texts as token ids, the most frequent word first."""

    def __init__(self, options):
        training, validation = self.words(options.train), self.words(options.valid)
        ids = {word: id for id, (word, _) in enumerate(Counter(training).most_common())}
        self.vocabulary, self.end = len(ids), ids["<eos>"]
        self.training, self.validation = (
            torch.tensor([ids.get(word, ids["<unk>"]) for word in words]) for words in [training, validation])

    @staticmethod
    def words(path):
        with open(path, encoding="utf-8") as file:
            return [word for line in file for word in [*line.split(), "<eos>"]]


class Training:
    def __init__(self, options, texts, configuration):
        self.options, self.texts, self.configuration = options, texts, configuration
        # Eddy's windows: stream i begins at i·⌊M/B⌋ of M inputs; behind the last is the first.
        self.length = len(texts.training) - 1
        self.starts = torch.arange(options.batch) * (self.length // options.batch)
        self.network = Network(texts.vocabulary, options)
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        loss = Loss(self.network, configuration.special == "linear cross-entropy")
        self.begin()
        with configuration.context():
            self.loss = configuration.prepared(loss, (*self.window(), self.state))

    def begin(self):
        self.network.begin()
        self.optimiser = torch.optim.AdamW(
            self.parameters, weight_decay=self.options.weight_decay,
            **({"foreach": True} if self.configuration.special == "unfused AdamW" else {"fused": True}))
        self.state = self.network.initial_state(self.options.batch)
        self.updates = 0

    def window(self):
        steps = self.updates * self.options.window + torch.arange(self.options.window)
        positions = (self.starts + steps.unsqueeze(1)) % self.length
        return self.texts.training[positions], self.texts.training[positions + 1].flatten()

    def update(self, rate):
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        with self.configuration.context():
            loss, state = self.loss(*self.window(), self.state)
        self.state = tuple(s.detach() for s in state)
        with onednn_products() if self.configuration.products else contextlib.nullcontext():
            loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.options.clip)
        self.optimiser.step()
        self.updates += 1
        return loss

    def warm_up(self):
        for _ in range(WARM_UP):
            self.update(self.options.rate / 25)

    def perplexity(self, tokens):
        """Of a text that is read as one stream from one end of sentence on, the state carried along."""
        network = self.network.eval()
        inputs = torch.cat([torch.tensor([self.texts.end]), tokens[:-1]]).unsqueeze(1)
        state, total = network.initial_state(1), 0.0
        with torch.inference_mode(), self.configuration.context():
            for part, targets in zip(inputs.split(STEPS_AT_ONCE), tokens.split(STEPS_AT_ONCE)):
                top, state = network(part, state)
                total += F.cross_entropy(network.decoder(top), targets, reduction="sum").item()
        network.train()
        return math.exp(total / len(tokens))


def one_cycle(progress):
    """The share of the full rate: Eddy's `--schedule one-cycle`."""
    def half_cosine(start, end, progress):
        return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(progress, 1)))

    return half_cosine(0.04, 1, progress / 0.3) if progress < 0.3 else half_cosine(1, 4e-6, (progress - 0.3) / 0.7)


def survey(options, all):
    """The fastest configuration that is not compiled, or that one compiled, whichever is faster: compiling takes half a minute,
    and PyTorch's own LSTM stays as it is."""
    texts = Texts(options)

    def make(configuration):
        return Training(options, texts, configuration)

    result = measuring.survey(make, {n: c for n, c in all.items() if c.engine == "eager"})
    if not options.without_compile:
        fastest = all[result["fastest"]]
        finalists = {str(c): c for c in [fastest, replace(fastest, engine="compile")]}
        final = measuring.survey(make, finalists)
        result = {"fastest": final["fastest"], "seconds": {**result["seconds"], **final["seconds"]},
                  "errors": {**result["errors"], **final["errors"]}}
    tokens = WARM_UP * options.batch * options.window
    return {"fastest": result["fastest"], "precision": precision(all[result["fastest"]]), "torch": torch.__version__,
            "tokens_per_second": {name: tokens / seconds for name, seconds in result["seconds"].items()},
            "errors": result["errors"]}


def train(options, configuration):
    """Trains from when it begins to read the text until the time is over, the last validation included; warming up does not
    count."""
    start = perf_counter()
    texts = Texts(options)
    pause = perf_counter()
    # PyTorch loads parts of itself when an optimiser is made.
    training = Training(options, texts, configuration)
    training.warm_up()
    training.warm_up()
    # Reads a part of the text for the first time, and then to see how long the whole takes.
    part = texts.validation[:len(texts.validation) // 16]
    training.perplexity(part)
    validation_time = measuring.seconds(lambda: training.perplexity(part))[0] * 16
    training.begin()
    start += perf_counter() - pause

    def elapsed():
        return perf_counter() - start

    validated, updates = 0.0, None
    while True:
        now, last = elapsed(), options.minutes * 60 - validation_time
        if now < last:
            training.update(options.rate * one_cycle(now / last))
            # None shortly before the last.
            if elapsed() - validated < options.validate_every or last - now < options.validate_every / 2:
                continue
        elif updates == training.updates:
            return
        validation_time, perplexity = measuring.seconds(lambda: training.perplexity(texts.validation))
        validated, updates = elapsed(), training.updates
        print(json.dumps({"seconds": validated, "updates": updates, "perplexity": perplexity,
                          "validation_seconds": validation_time}), flush=True)
        if not math.isfinite(perplexity):
            raise SystemExit("The training diverged.")
        if now >= last:
            return


def arguments():
    parser = argparse.ArgumentParser(prog="peer/quality.py", description=__doc__)
    for name in ["--train", "--valid"]:
        parser.add_argument(name, required=True)
    for name in ["--hidden", "--embedding", "--batch", "--window", "--threads"]:
        parser.add_argument(name, type=int, required=True)
    for name in ["--dropout", "--rate", "--clip", "--weight-decay"]:
        parser.add_argument(name, type=float, required=True)
    parser.add_argument("--precision", action="append", choices=["float32", "bfloat16"], required=True)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--validate-every", type=float, metavar="SECONDS")
    parser.add_argument("--without-compile", action="store_true")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--configuration", help="one of those that the survey names")
    way.add_argument("--survey", action="store_true")
    return parser.parse_args()


def main():
    warnings.simplefilter("ignore")
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    eager = configurations(options.precision)
    all = {str(c): c for c in eager + [replace(c, engine="compile") for c in eager]}
    if options.survey:
        print(json.dumps(survey(options, all)))
    elif options.configuration in all:
        train(options, all[options.configuration])
    else:
        raise SystemExit(f"There is no configuration '{options.configuration}'; there are: {'; '.join(all)}.")


main()
