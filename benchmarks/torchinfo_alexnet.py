"""What one does without archcalc: write AlexNet in torch, and print torchinfo's summary of it."""

from torch import nn
from torchinfo import summary

ALEXNET = nn.Sequential(
    nn.Conv2d(3, 96, 11, stride=4),
    nn.ReLU(),
    nn.MaxPool2d(3, stride=2),
    nn.Conv2d(96, 256, 5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(3, stride=2),
    nn.Conv2d(256, 384, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(384, 384, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(384, 256, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(3, stride=2),
    nn.Dropout(0.5),
    nn.Flatten(),
    nn.Linear(9216, 4096),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(4096, 4096),
    nn.ReLU(),
    nn.Linear(4096, 1000),
    nn.Softmax(dim=1),
)

if __name__ == "__main__":
    summary(ALEXNET, input_size=(1, 3, 227, 227))
