"""Models, GPU clusters and processors: the databases of Epoch AI."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number

NOTABLE = "epoch/notable_ai_models.csv"
LARGE = "epoch/large_scale_ai_models.csv"
CLUSTERS = "epoch_hardware/gpu_clusters_2026-04.csv"
HARDWARE = "epoch_hardware/ml_hardware_2026-04.csv"

TEXTS = {
    "Organization": "organisation",
    "Publication date": "publication_date",
    "Domain": "domain",
    "Confidence": "confidence",
    "Model accessibility": "accessibility",
    "Base model": "base_model",
    "Training hardware": "training_hardware",
}
NUMBERS = {
    "Parameters": "parameters",
    "Training compute (FLOP)": "training_compute_flop",
    "Finetune compute (FLOP)": "finetune_compute_flop",
    "Hardware quantity": "hardware_quantity",
}
LISTS = ["organisation", "domain", "training_hardware"]
"""Cells in which Epoch separates several values by a comma."""

ALIASES: dict[str, str | None] = {
    "Korea (Republic of)": "KOR",
    "Multinational": None,
    "Philippines (the)": "PHL",
}
ACCESS = {
    "Open weights (unrestricted)": "open_unrestricted",
    "Open weights (restricted use)": "open_restricted",
    "Open weights (non-commercial)": "open_non_commercial",
    "API access": "api",
    "Hosted access (no API)": "hosted",
    "Unreleased": "unreleased",
    "": None,
}


@builder("epoch_models", reads=[NOTABLE, LARGE], needs=["countries"])
def epoch_models(inputs: Inputs) -> pd.DataFrame:
    """Notable models, and after them the large-scale models that the notable file lacks."""
    notable = _models(inputs, NOTABLE)
    large = _models(inputs, LARGE)
    table = pd.concat(
        [
            notable.assign(notable=True, source="epoch_notable_202607"),
            large[~large["model"].isin(notable["model"])].assign(
                notable=False, source="epoch_large_scale_202601"
            ),
        ]
    )
    return table.reset_index(drop=True)


def _models(inputs: Inputs, path: str) -> pd.DataFrame:
    """Facts of one Epoch file; its notes, abstracts and reference texts stay behind."""
    country = "Country (of organization)"
    frame = inputs.csv(path, ["Model", country, *TEXTS, *NUMBERS])
    table = pd.DataFrame({"model": frame["Model"].map(_plain)})
    for column, name in TEXTS.items():
        table[name] = frame[column].map(_plain)
    for name in LISTS:
        table[name] = table[name].str.replace(r"\s*,\s*", ";", regex=True)
    for column, name in NUMBERS.items():
        table[name] = number(frame[column])
    cost = frame.get("Training compute cost (2023 USD)", pd.Series("", index=frame.index))
    table["training_cost_2023_usd"] = number(cost).round()
    # The file of large-scale models does not say which models were at the frontier.
    if "Frontier model" in frame:
        table["frontier"] = frame["Frontier model"] == "True"
    codes = _countries(inputs, frame[country], path)
    table["countries_iso3"] = codes
    table["iso3"] = codes.str.split(";").str[0]
    table["accessibility"] = table["accessibility"].map(ACCESS)
    table["open_weights"] = table["accessibility"].str.startswith("open").astype("boolean")
    return table


def _countries(inputs: Inputs, cells: pd.Series, path: str) -> pd.Series:
    """Codes of all countries of a model's organisations, in their order, each once."""
    one_each = cells.str.split(",").explode().str.strip()
    codes = inputs.iso3(one_each, path, ALIASES).dropna()
    joined = codes.groupby(level=0).agg(lambda group: ";".join(dict.fromkeys(group)))
    return joined.reindex(cells.index)


def _plain(text: str) -> str:
    """Take line breaks, tabs and doubled blanks out of a cell."""
    return " ".join(text.split())


# --- clusters ---------------------------------------------------------------------------------

CLUSTER_TEXTS = {
    "Status": "status",
    "Certainty": "certainty",
    "Single cluster?": "single_site",
    "Sector": "sector",
    "GPU Supplier (primary)": "supplier",
}


@builder("gpu_clusters", reads=[CLUSTERS], needs=["countries"])
def gpu_clusters(inputs: Inputs) -> pd.DataFrame:
    """Known GPU clusters with their size in H100 equivalents."""
    frame = inputs.csv(
        CLUSTERS, ["Name", "Country", "H100 equivalents", "First Operational Date", *CLUSTER_TEXTS]
    )
    table = pd.DataFrame({"name": frame["Name"].map(_plain)})
    slug = table["name"].str.lower().str.replace(r"[^a-z0-9]+", "-", regex=True).str.strip("-")
    nth = slug.groupby(slug).cumcount() + 1
    table.insert(0, "cluster_id", slug.where(nth == 1, slug + "-" + nth.astype(str)))
    for column, name in CLUSTER_TEXTS.items():
        table[name] = frame[column].str.lower().str.replace(r"[^a-z]+", "_", regex=True)
    table["iso3"] = inputs.iso3(frame["Country"], CLUSTERS, ALIASES)
    table["h100_equivalents"] = number(frame["H100 equivalents"]).round(1)
    table["chip"] = frame["Chip type (primary)"].map(_plain)
    table["n_chips"] = number(frame["Total number of AI chips"]).round()
    table["first_operational_date"] = frame["First Operational Date"]
    table["power_mw"] = number(frame["Power Capacity (MW)"]).round(2)
    table["possible_duplicate"] = frame["Possible Duplicate"] == "True"
    table["standard_analysis"] = frame["Include in Standard Analysis"] == "True"
    return table


# --- processors -------------------------------------------------------------------------------

MEASURES = {
    "price_usd": ("Release price (USD)", 1),
    "fp64_tflops": ("FP64 (double precision) performance (FLOP/s)", 1e12),
    "fp32_tflops": ("FP32 (single precision) performance (FLOP/s)", 1e12),
    "tf32_tflops": ("TF32 (TensorFloat-32) performance (FLOP/s)", 1e12),
    "fp16_tflops": ("FP16 (half precision) performance (FLOP/s)", 1e12),
    "tensor_fp16_tflops": ("Tensor-FP16/BF16 performance (FLOP/s)", 1e12),
    "fp8_tflops": ("FP8 performance (FLOP/s)", 1e12),
    "fp4_tflops": ("FP4 performance (FLOP/s)", 1e12),
    "int8_tops": ("INT8 performance (OP/s)", 1e12),
    "int4_tops": ("INT4 performance (OP/s)", 1e12),
    "memory_gb": ("Memory (bytes)", 1e9),
    "memory_bw_gb_s": ("Memory bandwidth (byte/s)", 1e9),
    "intranode_gb_s": ("Intranode bandwidth (byte/s)", 1e9),
    "internode_gbit_s": ("Internode bandwidth (bit/s)", 1e9),
    "tdp_w": ("TDP (W)", 1),
    "process_nm": ("Process size (nm)", 1),
    "die_area_mm2": ("Die Size (mm^2)", 1),
    "transistors_m": ("Transistors (millions)", 1),
    "tpp_epoch": ("Total processing performance (bit-OP/s)", 1e12),
}
"""Epoch's column of each measure, and how many of its units make one of ours."""

CHIPS = {
    "AMD Radeon Instinct MI250X": "AMD Instinct MI250X",
    "Amazon Trainium2": "AWS Trainium2",
    "Amazon Trainium3": "AWS Trainium3",
    "Baidu Kunlun II": "Baidu Kunlun II (R200)",
    "Baidu Kunlun K200": "Baidu Kunlun I (K200)",
    "Cambricon Siyuan 590": "Cambricon MLU590 (Siyuan 590)",
    "Huawei Ascend 910A": "Huawei Ascend 910 (910A, 256T)",
    "Huawei Ascend 910B1 (v1)": "Huawei Ascend 910B1",
    "Huawei Ascend 910C": "Huawei Ascend 910C (800T)",
    "Intel Habana Gaudi2": "Intel Gaudi 2",
    "Intel Habana Gaudi3": "Intel Gaudi 3 (HL-325L)",
    "MTT S4000": "Moore Threads MTT S4000",
    "Maia 100 (M100)": "Microsoft Maia 100",
    "Meta MTIA v2 (MTIA 200)": "Meta MTIA v2",
    "MetaX MXC500 (OAM)": "MetaX MXC500 (C500, OAM)",
    "NVIDIA A10 PCIe": "NVIDIA A10",
    "NVIDIA A100 PCIe": "NVIDIA A100 PCIe 80GB",
    "NVIDIA A100 SXM4 40 GB": "NVIDIA A100 SXM4 40GB",
    "NVIDIA A100 SXM4 80 GB": "NVIDIA A100 SXM4 80GB",
    "NVIDIA A40 PCIe": "NVIDIA A40",
    "NVIDIA A800 PCIe 80 GB": "NVIDIA A800 PCIe 80GB",
    "NVIDIA B300 (Blackwell Ultra)": "NVIDIA B300",
    "NVIDIA GB200": "NVIDIA GB200 (per GPU)",
    "NVIDIA GB300 (Blackwell Ultra)": "NVIDIA GB300 (per GPU)",
    "NVIDIA H100 NVL": "NVIDIA H100 NVL 94GB",
    "NVIDIA H100 PCIe": "NVIDIA H100 PCIe 80GB",
    "NVIDIA HGX H20": "NVIDIA H20 SXM5 96GB",
    "NVIDIA L2 PCle": "NVIDIA L2",
    "NVIDIA L20 PCle": "NVIDIA L20",
    "NVIDIA P40": "NVIDIA Tesla P40",
    "NVIDIA RTX 6000 Ada Generation": "NVIDIA RTX 6000 Ada",
    "NVIDIA Tesla V100 SXM2 32 GB": "NVIDIA Tesla V100 SXM2 32GB",
    "Shensuan-1": "Hygon DCU Z100 (Shensuan-1)",
    "Tianshu Zhixin Tiangai 100 (BI-V100)": "Iluvatar Tiangai 100 (BI-V100)",
}
"""Accelerators that Epoch and the table ``chips`` call differently."""


@builder("ml_hardware", reads=[HARDWARE], needs=["chips"])
def ml_hardware(inputs: Inputs) -> pd.DataFrame:
    """Processors in Epoch's order; its notes, links and lists of models stay behind."""
    name = "Hardware name"
    columns = [column for column, _ in MEASURES.values()]
    frame = inputs.csv(
        HARDWARE, [name, "Manufacturer", "Type", "Release date", "Foundry", *columns]
    )
    table = pd.DataFrame({"hardware": frame[name].map(_plain)})
    table["maker"] = frame["Manufacturer"].map(_plain)
    table["kind"] = frame["Type"].map(_plain)
    table["release_date"] = frame["Release date"]
    table["foundry"] = frame["Foundry"].str.replace(",", ";")
    for measure, (column, units) in MEASURES.items():
        # Ten digits: what dividing by a power of ten adds to a float is further back.
        table[measure] = (
            (number(frame[column]) / units).map("{:.10g}".format, "ignore").astype(float)
        )
    known = table["hardware"].replace(CHIPS)
    table["chip"] = known.where(known.isin(inputs.table("chips")["chip"]))
    return table
