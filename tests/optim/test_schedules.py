"""Learning rates over the epochs: PyTorch's numbers, states and warnings."""

import copy
import json
import warnings

import numpy as np
import pytest
from tests.optim.problems import FIXTURES, MEASURES, SCHEDULES, Both, moving, rates, two_groups

import wengert as torch
from wengert.optim import lr_scheduler, swa_utils

RECORDED = json.loads(FIXTURES.read_text())["schedules"]


@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("key", SCHEDULES)
def test_rates_are_pytorchs(key, name):
    got, want = rates(torch, key, name), RECORDED[name][key]
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g[0], w[0], rtol=1e-12)
        np.testing.assert_allclose(g[1], w[1], rtol=1e-12)


@pytest.mark.parametrize("key", SCHEDULES)
def test_a_schedule_goes_on_from_its_state(key):
    measured = "plateau" in key
    whole = rates(torch, key)
    optimizer = two_groups(torch)
    schedule = SCHEDULES[key](Both(torch), optimizer)
    for i in range(6):
        optimizer.step()
        schedule.step(*([MEASURES[i]] if measured else []))
    states = copy.deepcopy((optimizer.state_dict(), schedule.state_dict()))
    again = two_groups(torch)
    following = SCHEDULES[key](Both(torch), again)
    again.load_state_dict(states[0])
    following.load_state_dict(states[1])
    for i in range(6, 15):
        assert [g["lr"] for g in again.param_groups] == whole[i][0]
        assert [moving(g) for g in again.param_groups] == whole[i][1]
        again.step()
        following.step(*([MEASURES[i]] if measured else []))


def test_the_wrong_order_is_told():
    optimizer = two_groups(torch)
    schedule = lr_scheduler.StepLR(optimizer, 2)
    with pytest.warns(UserWarning, match=r"^Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        schedule.step()


def test_a_replaced_step_is_told():
    optimizer = two_groups(torch)
    schedule = lr_scheduler.StepLR(optimizer, 2)
    optimizer.step = lambda: None
    with pytest.warns(UserWarning, match=r"^Seems like `optimizer.step\(\)` has been overridden after learning rate"):
        schedule.step()


def test_a_given_epoch_is_told():
    optimizer = two_groups(torch)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    with pytest.warns(UserWarning, match="^The epoch parameter in `scheduler.step"):
        schedule.step(3)
    assert schedule.get_last_lr() == [0.0125, 0.05]


def test_asking_outside_of_a_step_is_told():
    schedule = lr_scheduler.LinearLR(two_groups(torch))
    with pytest.warns(UserWarning, match=r"^To get the last learning rate computed by the scheduler, please use `get"):
        schedule.get_lr()


def test_a_learning_rate_that_is_a_tensor_stays_one():
    rate = torch.tensor(0.1)
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=rate)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == pytest.approx(0.05)
    assert schedule.base_lrs[0].item() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda s, o: s.StepLR(5, 1), TypeError, "int is not an Optimizer"),
        (lambda s, o: s.StepLR(o, 1, last_epoch=3), KeyError, "param 'initial_lr' is not specified in param_groups"),
        (lambda s, o: s.LambdaLR(o, [abs]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda s, o: s.MultiplicativeLR(o, 3), TypeError, "lr_lambda should be a function, but got int"),
        (lambda s, o: s.ConstantLR(o, 2), ValueError, "Constant multiplicative factor expected to be between 0 and 1."),
        (lambda s, o: s.LinearLR(o, 0), ValueError, "Starting multiplicative factor expected to be greater than 0 and"),
        (lambda s, o: s.LinearLR(o, 1, 2), ValueError, "Ending multiplicative factor expected to be between 0 and 1."),
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.0), ValueError, "Factor should be < 1.0."),
        (lambda s, o: s.ReduceLROnPlateau(o, mode="x"), ValueError, "mode x is unknown!"),
        (lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="x"), ValueError, "threshold mode x is unknown!"),
        (lambda s, o: s.ReduceLROnPlateau(o, min_lr=[1]), ValueError, "expected 2 min_lrs, got 1"),
        (lambda s, o: s.CyclicLR(o, [1], 2), ValueError, "base_lr must have the same length as optimizer.param_gro"),
        (lambda s, o: s.CyclicLR(o, 1, 2, mode="x"), ValueError, "mode is invalid and scale_fn is None"),
        (lambda s, o: s.OneCycleLR(o, 1), ValueError, "You must define either total_steps OR"),
        (lambda s, o: s.OneCycleLR(o, 1, 0), ValueError, "Expected positive integer total_steps, but got 0"),
        (lambda s, o: s.OneCycleLR(o, 1, 9, pct_start=2), ValueError, "Expected float between 0 and 1 pct_start, but "),
        (lambda s, o: s.OneCycleLR(o, 1, 9, anneal_strategy="x"), ValueError, "anneal_strategy must be one of 'cos'"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 0), ValueError, "Expected positive integer T_0, but got 0"),
        (lambda s, o: s.SequentialLR(o, [], []), ValueError, "SequentialLR expects at least one scheduler, but got no"),
        (lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [1]), ValueError, "Sequential Schedulers expects number of"),
        (lambda s, o: s.SequentialLR(o, [3], []), TypeError, "SequentialLR at index 0 should have `optimizer` as its"),
        (
            lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
            ValueError,
            "ChainedScheduler does not support `ReduceLROnPlateau` scheduler",
        ),
        (
            lambda s, o: s.ChainedScheduler([s.StepLR(o, 1), s.StepLR(two_groups(torch), 1)]),
            ValueError,
            "ChainedScheduler expects all schedulers to belong to the same optimizer",
        ),
    ],
)
def test_bad_arguments(make, kind, words):
    with pytest.raises(kind) as caught:
        make(lr_scheduler, two_groups(torch))
    assert words in str(caught.value)


def test_a_cycle_needs_a_momentum():
    optimizer = torch.optim.Adagrad([torch.ones(1, requires_grad=True)])
    with pytest.raises(ValueError, match="optimizer must support momentum or beta1 with `cycle_momentum` option"):
        lr_scheduler.OneCycleLR(optimizer, 1.0, 10)


def test_a_cycle_ends():
    schedule = lr_scheduler.OneCycleLR(optimizer := two_groups(torch), 1.0, 2)
    optimizer.step()
    schedule.step()
    schedule.step()
    with pytest.raises(ValueError, match=r"Tried to step 3 times. The specified number of total steps is 2"):
        schedule.step()


def test_functions_that_are_objects_keep_their_state():
    class Factor:
        def __init__(self):
            self.value = 0.5

        def __call__(self, epoch):
            return self.value

    schedule = lr_scheduler.LambdaLR(two_groups(torch), [Factor(), abs])
    schedule.lr_lambdas[0].value = 0.25
    other = lr_scheduler.LambdaLR(two_groups(torch), [Factor(), abs])
    other.load_state_dict(schedule.state_dict())
    assert other.lr_lambdas[0].value == 0.25


# ------------------------------------------------------------------------ averages


class Model(torch.nn.Module):
    def __init__(self, value=0.0):
        super().__init__()
        self.w = torch.nn.Parameter(torch.full((2,), value))
        self.register_buffer("seen", torch.tensor([value]))

    def forward(self, x):
        return self.w * x


@pytest.mark.parametrize(
    ("options", "average"),
    [
        ({}, 2.0),
        ({"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}, 2.0),
        ({"avg_fn": swa_utils.get_ema_avg_fn(0.5)}, 2.25),
        ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.5)}, 2.25),
    ],
)
@pytest.mark.parametrize("buffers", [False, True])
def test_averaged_models(options, average, buffers):
    model = Model()
    averaged = swa_utils.AveragedModel(model, use_buffers=buffers, **options)
    for value in (1.0, 2.0, 3.0):
        with torch.no_grad():
            model.w.fill_(value)
            model.seen.fill_(value)
        averaged.update_parameters(model)
    assert averaged.module.w.tolist() == pytest.approx([average] * 2)
    assert averaged.module.seen.item() == pytest.approx(average if buffers else 3.0)
    assert averaged.n_averaged.item() == 3
    assert averaged(torch.ones(2)).tolist() == pytest.approx([average] * 2)
    assert set(averaged.state_dict()) == {"n_averaged", "module.w", "module.seen"}


def test_bad_averages():
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn should be provided"):
        swa_utils.AveragedModel(Model(), avg_fn=abs, multi_avg_fn=abs)
    with pytest.raises(ValueError, match="Invalid decay value 2 provided"):
        swa_utils.get_ema_avg_fn(2)
    with pytest.raises(ValueError, match="anneal_epochs must be equal or greater than 0, got -1"):
        swa_utils.SWALR(two_groups(torch), 0.1, anneal_epochs=-1)


def test_statistics_are_computed_anew():
    class Norm(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.momentum = 0.1
            self.seen = []

        def reset_running_stats(self):
            self.seen = []

        def forward(self, x):
            self.seen.append((x.item(), self.momentum, self.training))

    model = Norm().eval()
    model.seen = [1]
    swa_utils.update_bn([[torch.tensor(1.0), 5], torch.tensor(2.0)], model)
    assert model.seen == [(1.0, None, True), (2.0, None, True)]
    assert model.momentum == 0.1
    assert not model.training


def test_no_warning_in_the_usual_order():
    optimizer = two_groups(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule = lr_scheduler.CosineAnnealingLR(optimizer, 5)
        for _ in range(3):
            optimizer.step()
            schedule.step()
