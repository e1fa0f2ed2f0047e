"""The words about speed, cards and money, as data; a figure in one names its source."""

from __future__ import annotations

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.help.term import Term

TERMS: tuple[Term, ...] = (
    Term(
        "decode",
        say("Decode"),
        (say("decode"), say("tok/s"), say("tokens/s")),
        say(
            "Writing the answer, one token after the other. Each token reads all active weights and"
            " the KV cache once, so it is mostly the memory's bandwidth that counts."
        ),
        "speed#decode",
    ),
    Term(
        "prefill",
        say("Prefill"),
        (say("prefill"), say("prompt processing")),
        say(
            "Reading the prompt, many tokens at once. Here the arithmetic of the card counts more"
            " than its memory, and weights that lie in host memory have to be carried over first."
        ),
        "speed#prefill",
    ),
    Term(
        "first-token",
        say("Time to first token"),
        (say("time to first token"), say("first token"), "TTFT"),
        say(
            "How long somebody waits until the answer begins: the prompt is read (prefill) and one"
            " token is written. A long prompt on a rig with experts in host memory can take"
            " minutes."
        ),
        "speed#time-to-first-token",
    ),
    Term(
        "band",
        say("Range of a speed"),
        (say("range then"), say("low end"), say("range")),
        say(
            "Low and high around the expected speed. The band is meant to hold 80 % of what people"
            " measure on such a machine; wider where nothing near was measured."
        ),
        "speed#the-band",
        source="the project's own comparison with published measurements, python -m tests.accuracy",
    ),
    Term(
        "bound-by",
        say("Bound by"),
        (say("bound by"), say("bound by then")),
        say(
            "What takes most of the time of one token: reading memory, computing, the links"
            " between cards, host memory, or starting kernels. More of anything else does not make"
            " it faster."
        ),
        "speed#bound-by",
    ),
    Term(
        "bandwidth",
        say("Memory bandwidth"),
        (say("memory bandwidth"), say("bandwidth"), "GB/s"),
        say(
            "How many bytes a second can be read. Active bytes per token divided by it is a floor"
            " for the time of a token; what is reached in practice is less and is fitted to"
            " measurements."
        ),
        "speed#decode",
    ),
    Term(
        "users",
        say("Users at the same time"),
        (say("users"), say("users at the same time"), say("at the same time"), say("sequences")),
        say(
            "How many answers are written at once. Each has its own KV cache. Together they are"
            " faster than one, but each of them is slower, and a mixture of experts gains less,"
            " because different tokens need different experts."
        ),
        "context#users",
    ),
    Term(
        "engine",
        say("Engine"),
        (say("engine"), "llama.cpp", "vLLM", "SGLang", "KTransformers"),
        say(
            "The program that runs the model. Each has its own rules of what it places where, its"
            " own buffers and its own kernels; they are followed here for one named version of"
            " each."
        ),
        "start-it",
    ),
    Term(
        "layer-split",
        say("Layer split"),
        (say("layer split"), say("pipeline parallel")),
        say(
            "Each card holds some of the layers and a token passes through them one after the"
            " other. Little traffic between cards, and one user is as fast as on one card with all"
            " the memory. vLLM calls it pipeline parallel."
        ),
        "speed#several-cards",
    ),
    Term(
        "tensor-parallel",
        say("Tensor parallel"),
        (say("tensor parallel"), say("tensor split"), say("row split")),
        say(
            "Every layer is cut over all cards, which work at the same time and exchange their"
            " results twice a layer. Faster for one user when the links are; slow links eat the"
            " gain."
        ),
        "speed#several-cards",
        source="Shoeybi et al., Megatron-LM, 2019 (two all-reduces a layer)",
    ),
    Term(
        "expert-parallel",
        say("Expert parallel"),
        (say("expert parallel"), say("data parallel")),
        say(
            "Experts are spread over the cards whole, in the place of a slice of each; attention"
            " may be copied (data parallel) so that each card serves its own users."
        ),
        "speed#several-cards",
    ),
    Term(
        "flash-attention",
        say("Flash attention"),
        (say("flash attention"),),
        say(
            "A way to compute attention without writing the whole table of scores to memory. The"
            " compute buffers stop growing with the context."
        ),
        "memory#compute-buffers",
    ),
    Term(
        "mtp",
        say("Draft tokens (MTP)"),
        (say("draft tokens"), say("speculative decoding"), "MTP", say("acceptance rate")),
        say(
            "The model guesses some tokens ahead with a small extra layer and checks them in one"
            " step. Guesses that hold are gained; how many hold depends on the text, so the rate"
            " is an input and not a promise."
        ),
        "speed#decode",
    ),
    Term(
        "pcie",
        "PCIe",
        ("PCIe", say("lanes"), say("links"), say("riser")),
        say(
            "The connection between card and board. A card runs at the least of its own link, its"
            " slot or riser, and the host. It matters for tensor parallel and for reading prompts"
            " with weights in host memory, and little else."
        ),
        "speed#several-cards",
    ),
    Term(
        "p2p",
        say("P2P and NVLink"),
        ("NVLink", "P2P", say("peer access")),
        say(
            "Cards that can read each other's memory directly, over a bridge (NVLink) or over PCIe."
            " Cards that cannot, GeForce cards among them, send their traffic through host memory."
        ),
        "speed#several-cards",
    ),
    Term(
        "wall-power",
        say("Power at the wall"),
        (say("at the wall"), say("under load"), say("idle")),
        say(
            "What the socket delivers: cards, host and the losses of the power supply. While one"
            " user is served, cards wait for memory and take less than their limit."
        ),
        "checks#power",
    ),
    Term(
        "hardware-price",
        say("Price of the hardware"),
        (say("hardware"),),
        say(
            "The sum of the parts that have a price, without tax. Each price has its own date and"
            " source. A part without a price is named and never counted as free."
        ),
        "cost#hardware",
    ),
    Term(
        "confidence",
        say("How sure"),
        (say("how sure"), say("modelled"), say("measured"), say("exact"), say("unverified")),
        say(
            "= exact: follows from the architecture. ● measured: somebody measured just this."
            " ≈ modelled: a rule that was compared with measurements. ? unverified: a figure that"
            " nobody could check."
        ),
        "how-sure",
    ),
    Term(
        "tightest",
        say("Tightest device"),
        (say("tightest device"), say("tightest")),
        say(
            "The card, or the host memory, with the least left. It decides: a plan fits when each"
            " single device does, however much is free on the others."
        ),
        "verdict#the-tightest-device",
    ),
    Term(
        "front",
        say("Rigs that nothing beats"),
        (say("the front"), say("Pareto")),
        say(
            "A rig is on the front when no other one is at least as good in price, speed, power and"
            " context, and better in one of them. The rest is left out of the list."
        ),
        "find-a-rig",
    ),
    Term(
        "cached-input",
        say("Cached input"),
        (say("cached input"), say("input cached"), say("written to cache")),
        say(
            "Input that an API has seen just before and charges less for: a long conversation, the"
            " same documents again. How much of yours it is, you have to say."
        ),
        "cost#an-api",
    ),
    Term(
        "busy",
        say("Busy at most"),
        (say("busy at most"),),
        say(
            "The share of the hours that are on in which the rig may really work. Nobody's"
            " questions come evenly spread, so a month's tokens need more rig than the average"
            " says."
        ),
        "cost#owning",
    ),
    Term(
        "pue",
        say("Cooling (PUE)"),
        ("PUE", say("cooling")),
        say(
            "Power of the room for each watt of the computer: 1.0 for a computer in a living room,"
            " more where an air conditioner runs for it."
        ),
        "cost#owning",
        source="ISO/IEC 30134-2:2016 (definition; 1.0 is its lower limit)",
    ),
    Term(
        "resale",
        say("Resale"),
        (say("resale"), say("sold for"), say("falls a year"), say("lost when sold")),
        say(
            "What the parts still bring at the end. Lost at once when sold, and falling each year;"
            " both are inputs, for nobody knows the prices of later years."
        ),
        "cost#owning",
    ),
    Term(
        "payback",
        say("Payback and break-even"),
        (say("payback"), say("break-even")),
        say(
            "The month, and the volume of tokens, from which on owning costs less than the other"
            " way. Where the ranges of both overlap, nothing is called cheaper, and “never” is one"
            " of the answers."
        ),
        "cost#break-even",
    ),
    Term(
        "peak-hours",
        say("Peak hours"),
        (say("in peak hours"), say("peak hours"), say("in batches")),
        say(
            "Some APIs charge more at certain hours, and less for batches that may wait a day. The"
            " share of your tokens that falls there is an input."
        ),
        "cost#an-api",
    ),
    Term(
        "launching",
        say("Launching layers"),
        (say("launching layers"), say("launch")),
        say(
            "What the engine needs to start the work of each layer on the card, whatever the card's"
            " memory does. With few active weights a token this can be the largest part."
        ),
        "speed#bound-by",
    ),
    Term(
        "hand-over",
        say("Hand-over between cards"),
        (say("hand-over between cards"), say("hand-over"), say("all-reduce")),
        say(
            "The results that cards pass on: once from card to card when each holds some of the"
            " layers, in every layer when each holds a slice of all (all-reduce)."
        ),
        "speed#several-cards",
    ),
    Term(
        "amortisation",
        say("Amortisation"),
        (say("amortisation"),),
        say(
            "The price less what the parts still bring at the end, spread over the months of their"
            " life. It is paid whether the rig works or not."
        ),
        "cost#owning",
    ),
    Term(
        "wall-circuit",
        say("Wall circuit"),
        (say("wall circuit"),),
        say(
            "The fuse and the wires behind the socket. What they carry for hours is less than what"
            " the fuse says, and everything else on the same circuit counts, too."
        ),
        "checks#power",
    ),
    Term(
        "capacity",
        say("Capacity"),
        (say("capacity"),),
        say(
            "The most tokens that the rig can do in a month within the hours and the share that it"
            " may be busy. Beyond it a second rig is counted."
        ),
        "cost#capacity",
    ),
)
