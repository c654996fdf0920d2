"""Reads what 'eddy-jobs prepare' has written."""

import json
import os

import numpy
import torch


def tokens(folder, name):
    return torch.from_numpy(numpy.fromfile(os.path.join(folder, name), "<u4").astype(numpy.int64))


def lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read().splitlines()


def tensors(folder):
    """The tensors of the model: 8 bytes of length, a JSON header, the data."""
    kinds = {"F32": "<f4", "I64": "<i8", "U8": "u1"}
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__")
    return {
        name: numpy.frombuffer(data[slice(*entry["data_offsets"])], kinds[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }


def vocabulary(tensors):
    """The id of each word."""
    words, offsets = tensors["vocabulary.bytes"].tobytes(), tensors["vocabulary.offsets"]
    return {words[a:b].decode(): id for id, (a, b) in enumerate(zip(offsets, offsets[1:]))}
