"""Writes mask_rcnn.pth: what torchvision's Mask R-CNN on ResNet-50 gives with the weights of formula.py.

Run in this folder with torchvision 0.14: python3 make_mask_rcnn.py
"""
import torch
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.resnet import resnet50
from torchvision.ops.misc import FrozenBatchNorm2d

import formula

CLASSES = 11
SIZES = [(96, 128), (128, 96), (64, 150), (150, 64), (100, 100), (97, 131), (33, 40), (160, 120), (75, 51),
         (128, 128)]


class Draw:
    """Draws what BalancedSampler draws."""

    def __init__(self, count, share, seed):
        self.count, self.share, self.seed, self.number = count, share, seed, 0

    def __call__(self, labels_of_pictures):
        result = [], []
        for labels in labels_of_pictures:
            positives = torch.where(labels >= 1)[0].tolist()
            negatives = torch.where(labels == 0)[0].tolist()
            drawn = formula.draw(self.seed, self.number, positives, int(self.count * self.share))
            others = formula.draw(self.seed, self.number, negatives, self.count - len(drawn))
            self.number += 1
            for part, chosen in zip(result, (drawn, others)):
                mask = torch.zeros(len(labels), dtype=torch.uint8)
                mask[torch.tensor(chosen, dtype=torch.int64)] = 1
                part.append(mask)
        return result


def model():
    backbone = _resnet_fpn_extractor(resnet50(norm_layer=FrozenBatchNorm2d), 5)
    network = MaskRCNN(
        backbone, CLASSES, min_size=96, max_size=160, rpn_pre_nms_top_n_train=300, rpn_pre_nms_top_n_test=200,
        rpn_post_nms_top_n_train=150, rpn_post_nms_top_n_test=60, rpn_batch_size_per_image=64,
        box_batch_size_per_image=48, box_detections_per_img=8)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            tensor.copy_(formula.weight(name, tensor.shape))
    return network


def main():
    network = model().eval()
    data = {"sizes": torch.tensor(SIZES)}
    for i, (height, width) in enumerate(SIZES):
        with torch.no_grad():
            found = network([formula.picture(f"picture {i}", height, width)])[0]
        masks = found.pop("masks")[:, 0]
        # A fifth of the pixels of each axis, and the sum of all.
        found["masks"] = masks[:, 2::5, 2::5].contiguous()
        found["sums"] = masks.double().sum((1, 2))
        data[f"picture {i}"] = found
        print(height, width, found["scores"].tolist(), found["labels"].tolist())

    network.train()
    network.rpn.fg_bg_sampler = Draw(64, 0.5, 1)
    network.roi_heads.fg_bg_sampler = Draw(48, 0.25, 2)
    pictures = [formula.picture(f"picture {i}", *SIZES[i]) for i in (0, 3)]
    targets = [formula.objects(f"picture {i}", *SIZES[i], 3, CLASSES) for i in (0, 3)]
    losses = network(pictures, targets)
    sum(losses.values()).backward()
    data["losses"] = {name: loss.detach() for name, loss in losses.items()}
    print(data["losses"])
    gradients = {}
    for name, parameter in network.named_parameters():
        if name in ("backbone.body.conv1.weight", "roi_heads.mask_predictor.mask_fcn_logits.weight",
                    "roi_heads.box_predictor.cls_score.weight", "roi_heads.box_predictor.bbox_pred.weight",
                    "rpn.head.bbox_pred.weight", "backbone.fpn.inner_blocks.0.0.weight"):
            gradient = parameter.grad.flatten()
            some = gradient[::max(1, len(gradient) // 500)].clone()
            gradients[name] = {"some": some, "norm": gradient.norm()}
            print(name, gradient.norm().item(), gradient.abs().max().item())
    data["gradients"] = gradients
    torch.save(data, "mask_rcnn.pth")


if __name__ == "__main__":
    main()
