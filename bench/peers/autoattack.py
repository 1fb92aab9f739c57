"""Runs Croce and Hein's AutoAttack on a plain network of Nestor: what an independent program finds with the same weights and images.

Needs Python with PyTorch and a checkout of https://github.com/fra31/auto-attack. `Nestor.Bench robustness` starts it.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import torch
import torch.nn.functional as F


def read_tensors(path):
    """The float32 tensors of a safetensors file: eight bytes of length, a JSON header, then the numbers."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        numbers = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = torch.frombuffer(numbers[begin:end], dtype=torch.float32).reshape(entry["shape"]).clone()
    return tensors


def write_tensors(path, tensors):
    """Writes float32 tensors as safetensors."""
    header, numbers = {}, b""
    for name, tensor in tensors.items():
        part = tensor.detach().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(numbers), len(numbers) + len(part)]}
        numbers += part
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + numbers)


class PlainNet(torch.nn.Module):
    """Convolutions with ReLU, the largest of 2x2 pixels if wanted, a hidden layer, a classifier. Takes pixels from 0 to 1."""

    def __init__(self, folder):
        super().__init__()
        with open(os.path.join(folder, "config.json")) as file:
            self.config = json.load(file)
        if self.config["model_type"] != "nestor_plain_net":
            sys.exit(f"{folder} holds a model of type {self.config['model_type']}; nestor_plain_net is wanted.")
        self.weights = read_tensors(os.path.join(folder, "model.safetensors"))
        self.mean = torch.tensor(self.config["mean"]).view(1, -1, 1, 1)
        self.deviation = torch.tensor(self.config["standard_deviation"]).view(1, -1, 1, 1)

    def layer(self, name):
        return self.weights[name + ".weight"], self.weights[name + ".bias"]

    def forward(self, pixels):
        stream = (pixels - self.mean) / self.deviation
        for i, shape in enumerate(self.config["convolutions"]):
            padding = shape["kernel"] // 2 if shape["kernel"] % 2 else 0
            stream = F.relu(F.conv2d(stream, *self.layer(f"convolutions.{i}"), stride=shape["stride"], padding=padding))
        if self.config["pool"]:
            stream = F.max_pool2d(stream, 2)
        return F.linear(F.relu(F.linear(stream.flatten(1), *self.layer("hidden"))), *self.layer("classifier"))


def answers_rightly(model, pixels, labels, batch):
    with torch.no_grad():
        return torch.cat([model(part).argmax(1) == right for part, right in zip(pixels.split(batch), labels.split(batch))])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--source", required=True, help="checkout of auto-attack")
    options.add_argument("--model", required=True, help="folder of a plain network")
    options.add_argument("--images", required=True, help="safetensors file with pixels and labels; with moved, images to judge")
    options.add_argument("--epsilon", type=float, required=True)
    options.add_argument("--norm", choices=["Linf", "L2"], default="Linf")
    options.add_argument("--batch", type=int, default=250)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--out", required=True, help="folder for result.json and tensors.safetensors")
    given = options.parse_args()
    sys.path.insert(0, given.source)
    from autoattack import AutoAttack

    torch.set_num_threads(given.threads)
    model, tensors = PlainNet(given.model).eval(), read_tensors(given.images)
    pixels, labels = tensors["pixels"], tensors["labels"].long()
    adversary = AutoAttack(model, norm=given.norm, eps=given.epsilon, version="standard", device="cpu", seed=given.seed)
    lines, begun = [], (time.process_time(), time.time())
    adversary.logger.log = lambda line: lines.append((line, time.process_time() - begun[0]))
    moved = adversary.run_standard_evaluation(pixels, labels, bs=given.batch)
    seconds, wall = time.process_time() - begun[0], time.time() - begun[1]

    # Such as "robust accuracy after APGD-CE: 61.20% (total time 8.1 s)".
    after = [{"attack": line.split()[3].rstrip(":"), "robust": float(line.split()[4].rstrip("%")) / 100, "seconds": at} for line, at in lines if line.startswith("robust accuracy after")]
    with torch.no_grad():
        write_tensors(os.path.join(given.out, "tensors.safetensors"), {"logits": torch.cat([model(part) for part in pixels.split(given.batch)]), "moved": moved})
    result = {
        "commit": subprocess.run(["git", "-C", given.source, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip(),
        "torch": torch.__version__,
        "clean": answers_rightly(model, pixels, labels, given.batch).tolist(),
        "robust": answers_rightly(model, moved, labels, given.batch).tolist(),
        "attacks": after,
        "seconds": seconds,
        "wall": wall,
        "warnings": [line for line, _ in lines if line.startswith("Warning")],
        "judged": answers_rightly(model, tensors["moved"], labels, given.batch).tolist() if "moved" in tensors else [],
    }
    with open(os.path.join(given.out, "result.json"), "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
