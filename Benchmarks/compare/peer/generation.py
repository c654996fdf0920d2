"""Writing one text, always the most likely token; gives the tokens."""

import os
import tempfile
from dataclasses import replace

import numpy
import torch
from torch import nn

from network import Configuration, Network, engines


def configurations(options):
    all = engines(options.precision)
    cells = [replace(c, special="cells") for c in all if c.engine != "jit" and c.numbers != "int8" and not c.special]
    onnx = {
        "float32": [Configuration("onnxruntime")],
        "bfloat16": [],
        "int8": [Configuration("onnxruntime", "int8", special=special) for special in ["", "per channel"]],
    }[options.precision]
    return all + cells + onnx


class Step(nn.Module):
    """The next token, and the state after the last one."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, token, hidden, cell):
        network = self.network
        top, (hidden, cell) = network.rnn(network.encoder(token), (hidden, cell))
        return network.decoder(top.flatten(0, 1)).argmax(1, keepdim=True), hidden, cell


class CellStep(nn.Module):
    """The same from single cells, which 'compile' sees through."""

    def __init__(self, network):
        super().__init__()
        self.encoder, self.decoder = network.encoder, network.decoder
        self.cells = nn.ModuleList()
        for layer in range(2):
            cell = nn.LSTMCell(network.rnn.hidden_size, network.rnn.hidden_size)
            for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]:
                setattr(cell, name, getattr(network.rnn, f"{name}_l{layer}"))
            self.cells.append(cell)

    def forward(self, token, hidden, cell):
        x = self.encoder(token[0])
        states = []
        for layer, module in enumerate(self.cells):
            states.append(module(x, (hidden[layer], cell[layer])))
            x = states[-1][0]
        hidden, cell = (torch.stack([state[part] for state in states]) for part in [0, 1])
        return self.decoder(x).argmax(1, keepdim=True), hidden, cell


class Loop(nn.Module):
    """Step after step."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def forward(self, token, hidden, cell, count: int):
        tokens = []
        for _ in range(count):
            token, hidden, cell = self.step(token, hidden, cell)
            tokens.append(token)
        return torch.cat(tokens)


class TorchWriter:
    def __init__(self, network, end, configuration):
        self.configuration = configuration
        dtype = torch.bfloat16 if configuration.numbers == "cast" else torch.float32
        zeros = torch.zeros(2, 1, network.rnn.hidden_size, dtype=dtype)
        network = configuration.converted(network)
        self.start = torch.tensor([[end]]), zeros, zeros
        step = (CellStep if configuration.special == "cells" else Step)(network)
        with torch.inference_mode(), configuration.context():
            loop = Loop(configuration.prepared(step, self.start))
            self.loop = torch.jit.script(loop) if configuration.engine == "jit" else loop

    def write(self, count):
        with torch.inference_mode(), self.configuration.context():
            return self.loop(*self.start, count).flatten().tolist()


class OnnxWriter:
    """One step as a network of ONNX, with the state as inputs and outputs."""

    names = ["token", "hidden", "cell"]

    def __init__(self, network, end, configuration, threads):
        import onnxruntime

        self.end = end
        zeros = torch.zeros(2, 1, network.rnn.hidden_size)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "step.onnx")
            torch.onnx.export(
                Step(network), (torch.tensor([[end]]), zeros, zeros), path, input_names=self.names,
                output_names=[f"next_{name}" for name in self.names], opset_version=17, dynamo=False)
            if configuration.numbers == "int8":
                from onnxruntime.quantization import QuantType, quantize_dynamic

                small = os.path.join(folder, "small.onnx")
                quantize_dynamic(
                    path, small, weight_type=QuantType.QInt8, per_channel=configuration.special == "per channel")
                path = small
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
            options.log_severity_level = 3
            self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        # Two sets of arrays, each the output of one step and the input of the next: nothing is copied.
        self.arrays = [
            [numpy.zeros((1, 1), numpy.int64), zeros.numpy().copy(), zeros.numpy().copy()] for _ in range(2)]
        values = [[onnxruntime.OrtValue.ortvalue_from_numpy(a) for a in arrays] for arrays in self.arrays]
        self.bindings = []
        for inputs, outputs in [values, values[::-1]]:
            binding = self.session.io_binding()
            for name, source, target in zip(self.names, inputs, outputs):
                binding.bind_ortvalue_input(name, source)
                binding.bind_ortvalue_output(f"next_{name}", target)
            self.bindings.append(binding)

    def write(self, count):
        for array, start in zip(self.arrays[0], [self.end, 0, 0]):
            array.fill(start)
        tokens = []
        for index in range(count):
            self.session.run_with_iobinding(self.bindings[index % 2])
            tokens.append(int(self.arrays[1 - index % 2][0][0, 0]))
        return tokens


class Job:
    def __init__(self, options, configuration):
        network, vocabulary = Network.load(options.folder)
        end = vocabulary["<eos>"]
        if configuration.engine == "onnxruntime":
            self.writer = OnnxWriter(network, end, configuration, options.threads)
        else:
            self.writer = TorchWriter(network, end, configuration)
        self.length = options.length

    def step(self):
        return self.writer.write(self.length)

    def warm_up(self):
        return self.writer.write(max(self.length // 10, 1))
