"""The PyTorch and onnxruntime side of every job of Benchmarks/compare/run: does one job in one configuration, times it,
prints one line of JSON. With --survey it tries every configuration in one process and names the fastest."""

import argparse
import json
import warnings

import torch

import generation
import inference
import measuring
import training

JOBS = {
    "train": training,
    "evaluate": inference.evaluation,
    "score": inference.scoring,
    "rank": inference.ranking,
    "generate": generation,
}


def arguments():
    parser = argparse.ArgumentParser(prog="peer", description=__doc__)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--folder", required=True, help="what 'eddy-jobs prepare' has written")
    parser.add_argument("--precision", choices=["float32", "bfloat16", "int8"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--configuration", help="one of those that the survey names")
    way.add_argument("--survey", action="store_true")
    # For trainings.
    parser.add_argument("--cell", choices=["lstm", "gru", "rnn"])
    for name in ["--hidden", "--vocabulary", "--batch", "--window"]:
        parser.add_argument(name, type=int)
    parser.add_argument("--tokens")
    for name in ["--rate", "--range"]:
        parser.add_argument(name, type=float)
    # For ranking.
    parser.add_argument("--lists")
    # For generation.
    parser.add_argument("--length", type=int)
    return parser.parse_args()


def main():
    warnings.simplefilter("ignore")
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    job = JOBS[options.job]
    configurations = {str(c): c for c in job.configurations(options)}
    if options.survey:
        result = measuring.survey(lambda c: job.Job(options, c), configurations)
    elif options.configuration in configurations:
        result = measuring.measure(
            job.Job(options, configurations[options.configuration]), options.warm_up, options.steps)
    else:
        raise SystemExit(
            f"There is no configuration '{options.configuration}'; there are: {'; '.join(configurations)}.")
    print(json.dumps(result))


main()
