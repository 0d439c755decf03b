// The bridge: libtorch's dispatcher as a C interface. `lt_call` reaches every ATen operator by boxed call, with autograd
// and on every device that libtorch was built for; the rest is what no operator offers: a tensor's facts, backward
// passes, functions differentiated by the caller, generators, threads and devices.
//
// Ownership: a tensor travels as its TensorImpl*. Arguments are borrowed; results are owned by the caller, who gives
// each back with `lt_release`. Errors: a function that fails returns -1 or null and leaves its text in `lt_error`.

// The size of at::RecordFunction depends on it, and every libtorch that is given out was compiled so.
#ifndef NDEBUG
#define NDEBUG
#endif

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>
#include <ATen/record_function.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/cuda.h>
#include <torch/library.h>
#include <torch/version.h>

// Process groups, where this libtorch has them; bridge.targets leaves them out where they do not compile.
#if !defined(LECTERN_NO_C10D) && __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>)
#define LECTERN_C10D
#define USE_C10D
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/logger.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#if defined(LECTERN_CUDA) && !defined(LECTERN_NO_NCCL) && __has_include(<nccl.h>)
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

#include <dlfcn.h>
#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

using at::Tensor;
using c10::IValue;
using c10::TensorImpl;

namespace {

thread_local std::string last_error;

// Runs `body`; an exception becomes `last_error` and the value `failed`.
template <typename Body, typename Result>
Result guarded(Result failed, Body&& body) {
  try {
    return body();
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "libtorch failed without saying why.";
  }
  return failed;
}

Tensor borrow(TensorImpl* handle) {
  if (handle == nullptr) return Tensor();
  return Tensor(c10::intrusive_ptr<TensorImpl>::reclaim_copy(handle));
}

TensorImpl* own(Tensor tensor) {
  return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

std::vector<Tensor> borrow_all(TensorImpl** handles, int64_t count) {
  std::vector<Tensor> tensors;
  tensors.reserve(count);
  for (int64_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
  return tensors;
}

// One argument or result, as the managed side lays it out (16 bytes).
enum Kind : int32_t { kNone, kTensor, kInt, kDouble, kBool, kString, kInts, kDoubles, kBools, kTensors, kDevice, kGenerator, kComplex };

struct Value {
  int32_t kind;
  int32_t count;
  union {
    int64_t integer;
    double number;
    void* pointer;
  };
};

// What boxing cannot see from the value alone and the schema has to say.
enum class Wanted : uint8_t { asGiven, number, optionalTensors };

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Wanted> wanted;
  std::vector<IValue> defaults;
  size_t required;

  explicit Operator(c10::OperatorHandle found) : handle(std::move(found)), required(0) {
    const auto& arguments = handle.schema().arguments();
    for (size_t i = 0; i < arguments.size(); i++) {
      c10::TypePtr type = arguments[i].type();
      if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
      auto wants = Wanted::asGiven;
      if (type->kind() == c10::TypeKind::FloatType) wants = Wanted::number;
      if (auto list = type->cast<c10::ListType>())
        if (list->getElementType()->kind() == c10::TypeKind::OptionalType) wants = Wanted::optionalTensors;
      wanted.push_back(wants);
      if (arguments[i].default_value()) {
        defaults.push_back(*arguments[i].default_value());
      } else {
        defaults.emplace_back();
        required = i + 1;
      }
    }
  }
};

c10::Device device_of(int64_t packed) {
  return c10::Device(static_cast<c10::DeviceType>(packed & 0xff), static_cast<int8_t>((packed >> 8) - 1));
}

IValue box(const Value& value, Wanted wanted) {
  switch (value.kind) {
    case kNone: return IValue();
    case kTensor: return borrow(static_cast<TensorImpl*>(value.pointer));
    case kInt: return wanted == Wanted::number ? IValue(static_cast<double>(value.integer)) : IValue(value.integer);
    case kDouble: return value.number;
    case kBool: return value.integer != 0;
    case kString: return std::string(static_cast<char*>(value.pointer), value.count);
    case kInts: {
      auto data = static_cast<int64_t*>(value.pointer);
      return IValue(c10::IntArrayRef(data, value.count));
    }
    case kDoubles: {
      auto data = static_cast<double*>(value.pointer);
      return IValue(c10::ArrayRef<double>(data, value.count));
    }
    case kBools: {
      c10::List<bool> list;
      for (int i = 0; i < value.count; i++) list.push_back(static_cast<int64_t*>(value.pointer)[i] != 0);
      return IValue(list);
    }
    case kTensors: {
      auto handles = static_cast<TensorImpl**>(value.pointer);
      if (wanted == Wanted::optionalTensors) {
        c10::List<c10::optional<Tensor>> list;
        list.reserve(value.count);
        for (int i = 0; i < value.count; i++)
          list.push_back(handles[i] ? c10::optional<Tensor>(borrow(handles[i])) : c10::optional<Tensor>());
        return IValue(std::move(list));
      }
      c10::List<Tensor> list;
      list.reserve(value.count);
      for (int i = 0; i < value.count; i++) list.push_back(borrow(handles[i]));
      return IValue(std::move(list));
    }
    case kDevice: return device_of(value.integer);
    case kGenerator: return *static_cast<at::Generator*>(value.pointer);
    case kComplex: {
      auto parts = static_cast<double*>(value.pointer);
      return IValue(c10::complex<double>(parts[0], parts[1]));
    }
  }
  TORCH_CHECK(false, "The bridge does not know argument kind ", value.kind, ".");
}

TensorImpl** own_all(const c10::List<Tensor>& list) {
  auto handles = static_cast<TensorImpl**>(std::malloc(std::max<size_t>(1, list.size()) * sizeof(TensorImpl*)));
  for (size_t i = 0; i < list.size(); i++) handles[i] = own(list.get(i));
  return handles;
}

Value unbox(IValue&& value) {
  Value result{};
  if (value.isTensor()) {
    result.kind = kTensor;
    result.pointer = own(std::move(value).toTensor());
  } else if (value.isInt()) {
    result.kind = kInt;
    result.integer = value.toInt();
  } else if (value.isDouble()) {
    result.kind = kDouble;
    result.number = value.toDouble();
  } else if (value.isBool()) {
    result.kind = kBool;
    result.integer = value.toBool();
  } else if (value.isTensorList()) {
    auto list = value.toTensorList();
    result.kind = kTensors;
    result.count = static_cast<int32_t>(list.size());
    result.pointer = own_all(list);
  } else if (value.isComplexDouble()) {
    auto number = value.toComplexDouble();
    auto parts = static_cast<double*>(std::malloc(2 * sizeof(double)));
    parts[0] = number.real();
    parts[1] = number.imag();
    result.kind = kComplex;
    result.pointer = parts;
  } else {
    TORCH_CHECK(value.isNone(), "The bridge cannot return a ", value.tagKind(), ".");
  }
  return result;
}

}  // namespace

EXPORT const char* lt_error() { return last_error.c_str(); }

// ---------------------------------------------------------------------------------------------- the meta audit
//
// A computation on the meta device shows on any machine where tensors are made on a wrong device. libtorch's C++ has no meta
// kernel for many operators; once an audit was asked for they run on zeros on the CPU, and what comes out says the shape.

namespace {

thread_local bool auditing = false;

template <typename Change>
IValue with_tensors(const IValue& value, Change change) {
  if (value.isTensor()) return value.toTensor().defined() ? IValue(change(value.toTensor())) : value;
  if (value.isTensorList()) {
    c10::List<Tensor> list;
    for (const Tensor& tensor : value.toTensorVector()) list.push_back(change(tensor));
    return list;
  }
  if (value.isOptionalTensorList()) {
    c10::List<c10::optional<Tensor>> list;
    for (c10::optional<Tensor> tensor : value.toOptionalTensorList())
      list.push_back(tensor && tensor->defined() ? c10::optional<Tensor>(change(*tensor)) : tensor);
    return list;
  }
  return value.isDevice() ? IValue(c10::Device(c10::kCPU)) : value;
}

void meta_by_zeros(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  static const std::unordered_set<std::string> readers{
      "aten::_local_scalar_dense", "aten::equal", "aten::is_nonzero", "aten::masked_select", "aten::nonzero", "aten::_unique2",
      "aten::unique_consecutive", "aten::unique_dim"};
  const auto& schema = op.schema();
  TORCH_CHECK(readers.count(schema.name()) == 0, schema.name(), " reads numbers, and a meta tensor has none.");
  size_t count = schema.arguments().size(), begin = stack->size() - count;
  std::vector<IValue> given(stack->begin() + begin, stack->end());
  for (size_t i = begin; i < stack->size(); i++)
    (*stack)[i] = with_tensors((*stack)[i], [](const Tensor& tensor) {
      return tensor.is_meta() ? at::zeros(tensor.sizes(), tensor.options().device(c10::kCPU)) : tensor;
    });
  op.callBoxed(stack);
  for (size_t i = begin; i < stack->size(); i++) {
    const auto* written = schema.returns()[i - begin].alias_info();
    (*stack)[i] = with_tensors((*stack)[i], [](const Tensor& tensor) {
      return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(c10::kMeta));
    });
    for (size_t j = 0; written != nullptr && written->isWrite() && j < count; j++) {
      const auto* own = schema.arguments()[j].alias_info();
      if (own == nullptr || !(*own == *written)) continue;
      if (given[j].isTensor()) given[j].toTensor().resize_((*stack)[i].toTensor().sizes());
      (*stack)[i] = given[j];  // in place: the very tensor
    }
  }
}

void register_meta_kernels() {
  auto kernel = [] { return torch::CppFunction::makeFromBoxedFunction<&meta_by_zeros>(); };
  static torch::Library any(torch::Library::IMPL, "_", c10::DispatchKey::Meta, __FILE__, __LINE__);
  static torch::Library aten(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__);
  static bool done = false;
  if (done) return;
  done = true;
  any.fallback(kernel());
  // This one would find a kernel for every device, which asks for what the meta device has not.
  aten.impl("convolution", kernel());
}

// An operator that reads a meta tensor and another that is not a number would fail on a GPU.
void require_one_device(const Operator& op, const Value* arguments, size_t count) {
  // Copying is between devices, and packed sequences have their lengths on the CPU.
  static const std::unordered_set<std::string> both{
      "aten::copy_", "aten::_pack_padded_sequence", "aten::_pad_packed_sequence", "aten::lstm", "aten::gru"};
  const std::string& name = op.handle.schema().name();
  if (both.count(name) != 0) return;
  TensorImpl *meta = nullptr, *other = nullptr;
  auto look = [&](TensorImpl* tensor) {
    if (tensor != nullptr && tensor->device().is_meta()) meta = tensor;
    else if (tensor != nullptr && tensor->dim() > 0) other = tensor;
  };
  for (size_t i = 0; i < count; i++) {
    if (arguments[i].kind == kTensor) look(static_cast<TensorImpl*>(arguments[i].pointer));
    if (arguments[i].kind == kTensors)
      for (int32_t j = 0; j < arguments[i].count; j++) look(static_cast<TensorImpl**>(arguments[i].pointer)[j]);
  }
  TORCH_CHECK(meta == nullptr || other == nullptr, name, " reads tensors on two devices: ", meta->sizes(), " on ", meta->device(),
              " and ", other->sizes(), " on ", other->device(), ".");
}

}  // namespace

EXPORT int32_t lt_audit_meta(int32_t value) {
  return guarded(int32_t{-1}, [&] {
    if (value) register_meta_kernels();
    auditing = value != 0;
    return int32_t{0};
  });
}

// ---------------------------------------------------------------------------------------------- operators

EXPORT Operator* lt_find(const char* name, const char* overload) {
  return guarded(static_cast<Operator*>(nullptr), [&] {
    auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK(found, "This libtorch (", TORCH_VERSION, ") has no operator ", name, *overload ? "." : "", overload, ".");
    return new Operator(*found);
  });
}

// Calls an operator; arguments that are left out take the schema's defaults. Returns the number of results.
EXPORT int32_t lt_call(Operator* op, const Value* arguments, int32_t count, Value* results, int32_t capacity) {
  return guarded(int32_t{-1}, [&]() -> int32_t {
    static thread_local torch::jit::Stack kept;  // its memory is reused; a nested call starts with a fresh one
    torch::jit::Stack stack = std::move(kept);
    stack.clear();
    size_t given = count, all = op->wanted.size();
    TORCH_CHECK(given <= all && given >= op->required, op->handle.schema(), " was called with ", given, " arguments.");
    if (auditing) require_one_device(*op, arguments, given);
    stack.reserve(std::max<size_t>(all, 8));
    for (size_t i = 0; i < given; i++) stack.push_back(box(arguments[i], op->wanted[i]));
    for (size_t i = given; i < all; i++) stack.push_back(op->defaults[i]);
    op->handle.callBoxed(&stack);
    auto returned = static_cast<int32_t>(stack.size());
    TORCH_CHECK(returned <= capacity, op->handle.schema(), " returned more than ", capacity, " values.");
    for (int32_t i = 0; i < returned; i++) results[i] = unbox(std::move(stack[i]));
    stack.clear();
    kept = std::move(stack);
    return returned;
  });
}

EXPORT void lt_free(void* memory) { std::free(memory); }

// ---------------------------------------------------------------------------------------------- tensors

EXPORT void lt_release(TensorImpl* handle) {
  if (handle != nullptr) c10::intrusive_ptr<TensorImpl>::reclaim(handle);
}

EXPORT TensorImpl* lt_retain(TensorImpl* handle) { return own(borrow(handle)); }

EXPORT int64_t lt_dim(TensorImpl* handle) {
  return guarded(int64_t{-1}, [&] { return handle->dim(); });
}

EXPORT int32_t lt_shape(TensorImpl* handle, int64_t* out) {
  return guarded(int32_t{-1}, [&] {
    auto sizes = handle->sizes();
    std::copy(sizes.begin(), sizes.end(), out);
    return int32_t{0};
  });
}

EXPORT int32_t lt_strides(TensorImpl* handle, int64_t* out) {
  return guarded(int32_t{-1}, [&] {
    auto strides = handle->strides();
    std::copy(strides.begin(), strides.end(), out);
    return int32_t{0};
  });
}

EXPORT int64_t lt_numel(TensorImpl* handle) {
  return guarded(int64_t{-1}, [&] { return handle->numel(); });
}

EXPORT int32_t lt_dtype(TensorImpl* handle) { return static_cast<int32_t>(c10::typeMetaToScalarType(handle->dtype())); }

EXPORT int64_t lt_device(TensorImpl* handle) {
  return guarded(int64_t{-1}, [&] {
    auto device = handle->device();
    return static_cast<int64_t>(device.type()) | (static_cast<int64_t>(device.index()) + 1) << 8;
  });
}

EXPORT int32_t lt_layout(TensorImpl* handle) {
  return guarded(int32_t{-1}, [&] { return static_cast<int32_t>(handle->layout()); });
}

EXPORT int32_t lt_is_contiguous(TensorImpl* handle) {
  return guarded(int32_t{-1}, [&] { return static_cast<int32_t>(handle->is_contiguous()); });
}

// First byte of the tensor's own elements (storage offset included); null for an empty or a meta tensor.
EXPORT void* lt_data(TensorImpl* handle) {
  return guarded(static_cast<void*>(nullptr), [&] { return borrow(handle).data_ptr(); });
}

// Whether the memory holds the conjugates or the negatives of the numbers.
EXPORT int32_t lt_is_lazy(TensorImpl* handle) { return handle->is_conj() || handle->is_neg(); }

EXPORT int64_t lt_storage_offset(TensorImpl* handle) {
  return guarded(int64_t{-1}, [&] { return borrow(handle).storage_offset(); });
}

// Identity of the storage, equal for tensors that share memory.
EXPORT int64_t lt_storage_id(TensorImpl* handle) {
  return guarded(int64_t{-1}, [&] { return reinterpret_cast<int64_t>(borrow(handle).storage().unsafeGetStorageImpl()); });
}

// ---------------------------------------------------------------------------------------------- what ran
//
// Between `lt_record_start` and `lt_record_stop` every operator of this thread is written down, those of backward passes
// too, at the level at which autograd sees them: an operator composed of others is taken apart, what a kernel calls inside
// is its own affair, and a caller's function is one operator. A tensor is known by its storage and by how often that was
// written into: a view is its base, and an operator in place makes a new tensor.

namespace {

struct Opened : at::ObserverContext {
  bool unit;
  std::string name;
  std::vector<Tensor> inputs;
  std::vector<int64_t> versions;
};

struct Recording {
  at::CallbackHandle callback = 0;
  std::unordered_map<c10::StorageImpl*, int64_t> numbers;
  std::vector<c10::Storage> kept;  // so that no address stands for two; the tensors themselves may go, as they would unwatched
  int64_t next = 0;
  int depth = 0;
  std::string text;
};

thread_local std::unique_ptr<Recording> recording;

int64_t version_of(const Tensor& tensor) { return tensor.is_inference() ? 0 : tensor._version(); }

int64_t renumber(const Tensor& tensor) {
  auto* storage = tensor.storage().unsafeGetStorageImpl();
  if (recording->numbers.count(storage) == 0) recording->kept.push_back(tensor.storage());
  return recording->numbers[storage] = recording->next++;
}

// number:bytes:size,size,… of one tensor.
void write(const Tensor& tensor, int64_t number) {
  auto& text = recording->text;
  text += ' ' + std::to_string(number) + ':' + std::to_string(tensor.storage().nbytes()) + ':';
  for (int64_t i = 0; i < tensor.dim(); i++) text += (i ? "," : "") + std::to_string(tensor.size(i));
}

void collect(const IValue& value, std::vector<Tensor>& tensors) {
  if (value.isTensor()) {
    if (value.toTensor().defined() && value.toTensor().has_storage()) tensors.push_back(value.toTensor());
  } else if (value.isList()) {  // of tensors, or of tensors that may be missing
    for (const IValue& item : value.toListRef()) collect(item, tensors);
  }
}

std::unique_ptr<Opened> begin_operator(std::string name, std::vector<Tensor> inputs, bool unit) {
  auto opened = std::make_unique<Opened>();
  opened->unit = unit;
  if (unit && recording->depth++ == 0) {
    opened->name = std::move(name);
    for (const auto& input : inputs) opened->versions.push_back(version_of(input));
    opened->inputs = std::move(inputs);
  }
  return opened;
}

// One line: the name, what it reads, and what it makes: storages not seen before, and those written into.
void end_operator(Opened& opened, const std::vector<Tensor>& outputs) {
  if (!recording || !opened.unit || --recording->depth > 0) return;
  std::string before = std::move(recording->text);
  recording->text = opened.name + '\t';
  auto& numbers = recording->numbers;
  std::unordered_set<c10::StorageImpl*> made, read;
  for (const auto& input : opened.inputs) {
    auto* storage = input.storage().unsafeGetStorageImpl();
    if (!read.insert(storage).second) continue;
    auto known = numbers.find(storage);
    write(input, known == numbers.end() ? renumber(input) : known->second);
  }
  recording->text += '\t';
  for (size_t i = 0; i < opened.inputs.size(); i++) {
    const auto& input = opened.inputs[i];
    if (version_of(input) != opened.versions[i] && made.insert(input.storage().unsafeGetStorageImpl()).second)
      write(input, renumber(input));
  }
  for (const auto& output : outputs)
    if (numbers.count(output.storage().unsafeGetStorageImpl()) == 0 && made.insert(output.storage().unsafeGetStorageImpl()).second)
      write(output, renumber(output));
  recording->text = before + (made.empty() ? "" : recording->text + '\n');
}

std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& call) {
  auto name = call.operator_name();
  if (!recording || !name) return nullptr;
  auto found = c10::Dispatcher::singleton().findOp(*name);
  bool composed = found && found->hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd);
  std::vector<Tensor> inputs;
  for (const auto& value : call.inputs()) collect(value, inputs);
  return begin_operator(name->name.substr(name->name.find("::") + 2), std::move(inputs), !composed);
}

void on_end(const at::RecordFunction& call, at::ObserverContext* context) {
  if (context == nullptr || !recording) return;
  std::vector<Tensor> outputs;
  for (const auto& value : call.outputs()) collect(value, outputs);
  end_operator(*static_cast<Opened*>(context), outputs);
}

std::vector<Tensor> stored(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> found;
  for (const auto& tensor : tensors) collect(tensor, found);
  return found;
}

}  // namespace

EXPORT int32_t lt_record_start() {
  return guarded(int32_t{-1}, [&] {
    TORCH_CHECK(!recording, "Operators of this thread are being recorded already.");
    recording = std::make_unique<Recording>();
    recording->callback = at::addThreadLocalCallback(at::RecordFunctionCallback(on_start, on_end)
        .needsInputs(true).needsOutputs(true).scopes({at::RecordScope::FUNCTION}));
    return int32_t{0};
  });
}

// Ends the recording; the text is there until this thread's next call.
EXPORT const char* lt_record_stop() {
  thread_local std::string text;
  text.clear();
  if (recording) {
    at::removeCallback(recording->callback);
    text = std::move(recording->text);
    recording.reset();
  }
  return text.c_str();
}

// A caller's function begins; null where nothing is recorded.
EXPORT void* lt_record_open(const char* name, TensorImpl** inputs, int32_t count) {
  return recording ? begin_operator(name, stored(borrow_all(inputs, count)), true).release() : nullptr;
}

// It ends, having made `outputs`; none where it failed.
EXPORT void lt_record_close(void* opened, TensorImpl** outputs, int32_t count) {
  std::unique_ptr<Opened> held(static_cast<Opened*>(opened));
  end_operator(*held, stored(borrow_all(outputs, count)));
}

// ---------------------------------------------------------------------------------------------- autograd

EXPORT int32_t lt_requires_grad(TensorImpl* handle) { return handle->requires_grad(); }

EXPORT int32_t lt_set_requires_grad(TensorImpl* handle, int32_t value) {
  return guarded(int32_t{-1}, [&] {
    borrow(handle).set_requires_grad(value != 0);
    return int32_t{0};
  });
}

EXPORT int32_t lt_is_leaf(TensorImpl* handle) {
  return guarded(int32_t{-1}, [&] { return static_cast<int32_t>(borrow(handle).is_leaf()); });
}

EXPORT TensorImpl* lt_grad(TensorImpl* handle) {
  return guarded(static_cast<TensorImpl*>(nullptr), [&] { return own(borrow(handle).grad()); });
}

EXPORT int32_t lt_set_grad(TensorImpl* handle, TensorImpl* gradient) {
  return guarded(int32_t{-1}, [&] {
    borrow(handle).mutable_grad() = borrow(gradient);
    return int32_t{0};
  });
}

EXPORT int32_t lt_retain_grad(TensorImpl* handle) {
  return guarded(int32_t{-1}, [&] {
    borrow(handle).retain_grad();
    return int32_t{0};
  });
}

EXPORT int64_t lt_version(TensorImpl* handle) {
  return guarded(int64_t{-1}, [&] { return static_cast<int64_t>(borrow(handle)._version()); });
}

// Says that the tensor's memory was written to by no operator, so that a backward pass which needs the old numbers fails.
EXPORT void lt_changed(TensorImpl* handle) {
  if (!handle->is_inference()) handle->bump_version();
}

// Name of the function that made the tensor, or "" for a leaf. The text lives until the thread's next call.
EXPORT const char* lt_grad_fn(TensorImpl* handle) {
  static thread_local std::string name;
  return guarded(static_cast<const char*>(nullptr), [&] {
    auto function = borrow(handle).grad_fn();
    name = function ? function->name() : "";
    return name.c_str();
  });
}

EXPORT int32_t lt_grad_enabled() { return c10::GradMode::is_enabled(); }
EXPORT void lt_set_grad_enabled(int32_t value) { c10::GradMode::set_enabled(value != 0); }
EXPORT void* lt_inference_begin(int32_t value) { return new c10::InferenceMode(value != 0); }
EXPORT void lt_inference_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

EXPORT int32_t lt_backward(TensorImpl** roots, TensorImpl** gradients, int64_t count, int32_t keep_graph, int32_t create_graph,
                           TensorImpl** inputs, int64_t input_count) {
  return guarded(int32_t{-1}, [&] {
    c10::optional<bool> keep = keep_graph < 0 ? c10::optional<bool>() : c10::optional<bool>(keep_graph != 0);
    torch::autograd::backward(borrow_all(roots, count), gradients ? borrow_all(gradients, count) : std::vector<Tensor>(), keep,
                              create_graph != 0, borrow_all(inputs, input_count));
    return int32_t{0};
  });
}

// Gradients of `roots` with respect to `inputs`, into `results` (input_count entries; null where there is none).
EXPORT int32_t lt_gradients(TensorImpl** roots, TensorImpl** gradients, int64_t count, TensorImpl** inputs, int64_t input_count,
                            int32_t keep_graph, int32_t create_graph, int32_t allow_unused, TensorImpl** results) {
  return guarded(int32_t{-1}, [&] {
    c10::optional<bool> keep = keep_graph < 0 ? c10::optional<bool>() : c10::optional<bool>(keep_graph != 0);
    auto found = torch::autograd::grad(borrow_all(roots, count), borrow_all(inputs, input_count),
                                       gradients ? borrow_all(gradients, count) : std::vector<Tensor>(), keep, create_graph != 0,
                                       allow_unused != 0);
    for (int64_t i = 0; i < input_count; i++) results[i] = own(std::move(found[i]));
    return int32_t{0};
  });
}

// A function whose backward pass the caller computes. `context` names the caller's state; `backward` gets one gradient an
// output (null: zero) and fills one an input with tensors it gives away; a nonzero answer is an error whose text it set
// with lt_set_error. `drop` is called once, when libtorch lets the node go.
using Backward = int32_t (*)(int64_t context, void* node, TensorImpl** gradients, int32_t count, TensorImpl** results, int32_t capacity);
using Drop = void (*)(int64_t context);

namespace {

struct CallerNode : public torch::autograd::Node {
  int64_t context;
  Backward backward;
  Drop drop;
  size_t inputs;
  std::string title;
  std::vector<torch::autograd::SavedVariable> saved;

  CallerNode(int64_t context, Backward backward, Drop drop, size_t inputs, const char* title)
      : context(context), backward(backward), drop(drop), inputs(inputs), title(title) {}

  ~CallerNode() override { drop(context); }

  std::string name() const override { return title; }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    std::vector<TensorImpl*> given, results(inputs, nullptr);
    for (auto& gradient : gradients) given.push_back(gradient.defined() ? gradient.unsafeGetTensorImpl() : nullptr);
    std::unique_ptr<Opened> opened;
    if (recording) {
      std::vector<Tensor> read(gradients);
      for (auto& variable : saved) read.push_back(variable.unpack(shared_from_this()));
      opened = begin_operator(title + "_backward", stored(read), true);
    }
    if (backward(context, this, given.data(), static_cast<int32_t>(given.size()), results.data(), static_cast<int32_t>(inputs)) != 0)
      throw std::runtime_error(last_error);
    torch::autograd::variable_list found;
    for (auto* result : results)
      found.push_back(result ? Tensor(c10::intrusive_ptr<TensorImpl>::reclaim(result)) : Tensor());
    if (opened) end_operator(*opened, stored(found));
    return found;
  }

  void release_variables() override {
    for (auto& variable : saved) variable.reset_data();
  }
};

}  // namespace

EXPORT void lt_set_error(const char* text) { last_error = text; }

// Hangs a caller's function between `inputs` and the freshly computed `outputs` (null ones are left alone; `differentiable`
// says which of them carry gradients), saving `saved` for its backward pass.
EXPORT int32_t lt_attach(int64_t context, const char* title, Backward backward, Drop drop, TensorImpl** inputs, int32_t input_count,
                         TensorImpl** outputs, const int32_t* differentiable, int32_t output_count, TensorImpl** saved, int32_t saved_count) {
  return guarded(int32_t{-1}, [&] {
    auto node = std::shared_ptr<CallerNode>(new CallerNode(context, backward, drop, input_count, title), torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(borrow_all(inputs, input_count)));
    std::unordered_set<TensorImpl*> made;
    for (int32_t i = 0; i < output_count; i++) {
      auto output = borrow(outputs[i]);
      if (differentiable[i]) {
        torch::autograd::set_history(output, node);
        made.insert(outputs[i]);
      } else {
        node->add_input_metadata(torch::autograd::Node::undefined_input());
      }
    }
    for (int32_t i = 0; i < saved_count; i++)
      node->saved.emplace_back(borrow(saved[i]), made.count(saved[i]) != 0);
    return int32_t{0};
  });
}

// The tensors saved with a node, for use inside its backward callback.
EXPORT int32_t lt_saved(void* node, TensorImpl** results) {
  return guarded(int32_t{-1}, [&] {
    auto* function = static_cast<CallerNode*>(node);
    for (size_t i = 0; i < function->saved.size(); i++) results[i] = own(function->saved[i].unpack(function->shared_from_this()));
    return int32_t{0};
  });
}

// ---------------------------------------------------------------------------------------------- mixed precision

// Turns this thread's autocast on, to a type of element, or off (-1); returns what was so before, or -2 if it failed.
EXPORT int32_t lt_autocast(int32_t device, int32_t type) {
  return guarded(int32_t{-2}, [&]() -> int32_t {
    using namespace at::autocast;
    auto kind = static_cast<c10::DeviceType>(device);
    auto to = static_cast<at::ScalarType>(type);
    TORCH_CHECK(kind == c10::kCPU || kind == c10::kCUDA, "Autocast is for cpu and cuda, not for ", kind, ".");
    clear_cache();
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    int32_t before = is_autocast_enabled(kind) ? static_cast<int32_t>(get_autocast_dtype(kind)) : -1;
    if (type >= 0) set_autocast_dtype(kind, to);
    set_autocast_enabled(kind, type >= 0);
#else
    bool cpu = kind == c10::kCPU;
    int32_t before = !(cpu ? is_cpu_enabled() : is_enabled()) ? -1
        : static_cast<int32_t>(cpu ? get_autocast_cpu_dtype() : get_autocast_gpu_dtype());
    if (type >= 0) (cpu ? set_autocast_cpu_dtype : set_autocast_gpu_dtype)(to);
    (cpu ? set_cpu_enabled : set_enabled)(type >= 0);
#endif
    return before;
  });
}

// ---------------------------------------------------------------------------------------------- random numbers

EXPORT int32_t lt_manual_seed(int64_t seed) {
  return guarded(int32_t{-1}, [&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    {
      std::lock_guard<std::mutex> lock(generator.mutex());
      generator.set_current_seed(static_cast<uint64_t>(seed));
    }
    if (torch::cuda::is_available()) torch::cuda::manual_seed_all(static_cast<uint64_t>(seed));
    return int32_t{0};
  });
}

EXPORT at::Generator* lt_generator(int64_t packed_device, int64_t seed) {
  return guarded(static_cast<at::Generator*>(nullptr), [&] {
    auto device = device_of(packed_device);
    if (device.is_cpu()) return new at::Generator(at::detail::createCPUGenerator(static_cast<uint64_t>(seed)));
    auto generator = at::globalContext().defaultGenerator(device).clone();
    generator.set_current_seed(static_cast<uint64_t>(seed));
    return new at::Generator(generator);
  });
}

EXPORT at::Generator* lt_default_generator() { return new at::Generator(at::detail::getDefaultCPUGenerator()); }
EXPORT void lt_generator_free(at::Generator* generator) { delete generator; }

EXPORT int32_t lt_generator_seed(at::Generator* generator, int64_t seed) {
  return guarded(int32_t{-1}, [&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(static_cast<uint64_t>(seed));
    return int32_t{0};
  });
}

EXPORT int64_t lt_generator_initial_seed(at::Generator* generator) { return static_cast<int64_t>(generator->current_seed()); }

EXPORT TensorImpl* lt_generator_state(at::Generator* generator) {
  return guarded(static_cast<TensorImpl*>(nullptr), [&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    return own(generator->get_state());
  });
}

EXPORT int32_t lt_generator_set_state(at::Generator* generator, TensorImpl* state) {
  return guarded(int32_t{-1}, [&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_state(borrow(state));
    return int32_t{0};
  });
}

// ---------------------------------------------------------------------------------------------- the machine

EXPORT int32_t lt_threads() { return at::get_num_threads(); }

// libtorch's threads and, where OpenBLAS is the BLAS, OpenBLAS's too (libtorch does not tell it).
EXPORT int32_t lt_set_threads(int32_t count) {
  return guarded(int32_t{-1}, [&] {
    at::set_num_threads(count);
    if (auto* set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
    return int32_t{0};
  });
}

EXPORT int32_t lt_interop_threads() { return at::get_num_interop_threads(); }

EXPORT int32_t lt_set_interop_threads(int32_t count) {
  return guarded(int32_t{-1}, [&] {
    at::set_num_interop_threads(count);
    return int32_t{0};
  });
}

EXPORT const char* lt_torch_version() { return TORCH_VERSION; }

EXPORT const char* lt_configuration() {
  static const std::string text = at::show_config();
  return text.c_str();
}

EXPORT int32_t lt_cuda_available() { return torch::cuda::is_available(); }
EXPORT int32_t lt_cuda_count() { return static_cast<int32_t>(torch::cuda::device_count()); }

EXPORT int32_t lt_cuda_synchronize(int64_t index) {
  return guarded(int32_t{-1}, [&] {
    torch::cuda::synchronize(index);
    return int32_t{0};
  });
}

// ---- several processes: libtorch's own c10d ------------------------------------------------------

#ifdef LECTERN_C10D

namespace {

struct Group {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroup> group;
};

// A backend is a process group itself in libtorch 1; from 2 on it stands behind one.
template <typename Backend, typename Whole = c10d::ProcessGroup>
c10::intrusive_ptr<Whole> group_of(c10::intrusive_ptr<Backend> backend, const c10::intrusive_ptr<c10d::Store>& store,
                                   c10::DeviceType device, bool nccl) {
  if constexpr (std::is_base_of<Whole, Backend>::value) {
    return backend;
  } else {
    auto type = nccl ? Whole::BackendType::NCCL : Whole::BackendType::GLOO;
    auto whole = c10::make_intrusive<Whole>(store, backend->getRank(), backend->getSize());
    whole->setBackend(device, type, backend);
    whole->setDefaultBackend(type);
    return whole;
  }
}

// The network to listen on: the one that is asked for, this machine alone, or the one that its name belongs to.
auto gloo_device(const std::string& host) {
  if (const char* interface = std::getenv("GLOO_SOCKET_IFNAME")) return c10d::ProcessGroupGloo::createDeviceForInterface(interface);
  if (host == "127.0.0.1" || host == "localhost") return c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
  return c10d::ProcessGroupGloo::createDefaultDevice();
}

struct GradientReducer {
  std::shared_ptr<c10d::Reducer> reducer;
  std::shared_ptr<c10d::Logger> logger;  // libtorch 1 asks it, unchecked, when a reduction fails
};

// Libtorch 2 dropped the buckets' limits from the constructor.
template <typename Reducer>
std::shared_ptr<Reducer> make_reducer(const std::vector<Tensor>& tensors, std::vector<std::vector<size_t>> buckets,
                                      std::vector<size_t> limits, c10::intrusive_ptr<c10d::ProcessGroup> group, int64_t cap) {
  std::vector<bool> sparse(tensors.size(), false);
  std::unordered_map<size_t, std::string> names;
  if constexpr (std::is_constructible<Reducer, std::vector<Tensor>, std::vector<std::vector<size_t>>, std::vector<size_t>,
                                      c10::intrusive_ptr<c10d::ProcessGroup>, std::vector<bool>, int64_t, bool, bool,
                                      std::unordered_map<size_t, std::string>, int64_t>::value) {
    return std::make_shared<Reducer>(tensors, buckets, limits, group, sparse, cap, true, false, names, cap);
  } else {
    return std::make_shared<Reducer>(tensors, buckets, group, sparse, cap, true, false, names, cap);
  }
}

int32_t waited(const c10::intrusive_ptr<c10d::Work>& work) {
  work->wait();
  return 0;
}

}  // namespace

// Joins `size` processes that meet at host:port, where the process with `server` keeps the store. Waits for all of them,
// `timeout` milliseconds at most; a collective waits as long for its peers.
EXPORT Group* lt_group_open(const char* host, int32_t port, int32_t rank, int32_t size, int32_t server, int64_t timeout, int32_t nccl) {
  return guarded(static_cast<Group*>(nullptr), [&] {
    const std::chrono::milliseconds limit(timeout);
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = server != 0;
    options.numWorkers = static_cast<size_t>(size);
    options.timeout = limit;
    auto group = std::make_unique<Group>();
    group->store = c10::make_intrusive<c10d::TCPStore>(host, options);
    if (nccl) {
#ifdef USE_C10D_NCCL
      auto wishes = c10d::ProcessGroupNCCL::Options::create();
      wishes->timeout = limit;
      group->group = group_of(c10::make_intrusive<c10d::ProcessGroupNCCL>(group->store, rank, size, wishes), group->store,
                              c10::DeviceType::CUDA, true);
#else
      throw std::runtime_error(
          "This bridge was built without NCCL, which joins the GPUs of several processes. It needs a CUDA libtorch with c10d's headers, "
          "and nccl.h where the compiler finds it (NVIDIA's package libnccl-dev); then build again.");
#endif
    } else {
      auto wishes = c10d::ProcessGroupGloo::Options::create(limit);
      wishes->devices.push_back(gloo_device(host));
      group->group = group_of(c10::make_intrusive<c10d::ProcessGroupGloo>(group->store, rank, size, wishes), group->store,
                              c10::DeviceType::CPU, false);
    }
    return group.release();
  });
}

EXPORT void lt_group_close(Group* group) {
  guarded(0, [&] { delete group; return 0; });
}

// Every rank's tensor becomes the sum of all of theirs.
EXPORT int32_t lt_group_sum(Group* group, TensorImpl* handle) {
  return guarded(int32_t{-1}, [&] {
    std::vector<Tensor> tensors{borrow(handle).detach()};
    return waited(group->group->allreduce(tensors));
  });
}

EXPORT int32_t lt_group_broadcast(Group* group, TensorImpl* handle, int32_t root) {
  return guarded(int32_t{-1}, [&] {
    std::vector<Tensor> tensors{borrow(handle).detach()};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return waited(group->group->broadcast(tensors, options));
  });
}

EXPORT int32_t lt_group_barrier(Group* group) {
  return guarded(int32_t{-1}, [&] { return waited(group->group->barrier()); });
}

// Adds to a counter that all ranks share; -1 is a failure, so counters do not go below 0.
EXPORT int64_t lt_group_count(Group* group, const char* name, int64_t step) {
  return guarded(int64_t{-1}, [&] { return group->store->add(name, step); });
}

// Averages these parameters' gradients over the ranks from now on, bucket by bucket while a backward pass still runs: each
// pass that lt_reducer_prepare announces.
EXPORT GradientReducer* lt_reducer_open(Group* group, TensorImpl** handles, int64_t count, int64_t bucket_bytes) {
  return guarded(static_cast<GradientReducer*>(nullptr), [&] {
    auto tensors = borrow_all(handles, count);
    auto [buckets, limits] = c10d::compute_bucket_assignment_by_size(tensors, {static_cast<size_t>(bucket_bytes)});
    std::reverse(buckets.begin(), buckets.end());  // the last layers' gradients are ready first
    std::reverse(limits.begin(), limits.end());
    auto made = std::make_unique<GradientReducer>();
    made->reducer = make_reducer<c10d::Reducer>(tensors, std::move(buckets), std::move(limits), group->group, bucket_bytes);
    made->logger = std::make_shared<c10d::Logger>(made->reducer);
    made->reducer->set_logger(made->logger);
    return made.release();
  });
}

// Announces the backward pass of `loss`; what it does not reach counts as a gradient of 0.
EXPORT int32_t lt_reducer_prepare(GradientReducer* reducer, TensorImpl* loss) {
  return guarded(int32_t{-1}, [&] {
    reducer->reducer->prepare_for_backward({borrow(loss)});
    return int32_t{0};
  });
}

EXPORT void lt_reducer_close(GradientReducer* reducer) {
  guarded(0, [&] { delete reducer; return 0; });
}

#else

namespace {
template <typename Result>
Result without_c10d(Result failed) {
  last_error =
      "This libtorch has no process groups that the bridge could be built with (c10d with Gloo). Install one that has them, such as "
      "Debian's libtorch-dev or Python's torch, and build again; artifacts/obj/Torch/native/compiler.txt says what the compiler missed.";
  return failed;
}
}  // namespace

EXPORT void* lt_group_open(const char*, int32_t, int32_t, int32_t, int32_t, int64_t, int32_t) { return without_c10d<void*>(nullptr); }
EXPORT void lt_group_close(void*) {}
EXPORT int32_t lt_group_sum(void*, void*) { return without_c10d(-1); }
EXPORT int32_t lt_group_broadcast(void*, void*, int32_t) { return without_c10d(-1); }
EXPORT int32_t lt_group_barrier(void*) { return without_c10d(-1); }
EXPORT int64_t lt_group_count(void*, const char*, int64_t) { return without_c10d(int64_t{-1}); }
EXPORT void* lt_reducer_open(void*, void**, int64_t, int64_t) { return without_c10d<void*>(nullptr); }
EXPORT int32_t lt_reducer_prepare(void*, void*) { return without_c10d(-1); }
EXPORT void lt_reducer_close(void*) {}

#endif
