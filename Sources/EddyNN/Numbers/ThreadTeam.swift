import CEddyKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that run one body together, step by step.
///
/// ```swift
/// let team = ThreadTeam(count: 2)
/// team.run { member in
///   // every member works on its own part …
///   member.barrier()
///   // … and sees what the others did before the barrier
/// }
/// ```
///
/// The calling thread is member 0. A team of one runs the body in place and may be used from any
/// number of threads at once; a larger team runs one body at a time, and further callers wait.
public final class ThreadTeam: Sendable {
  /// One thread: the caller's.
  public static let serial = ThreadTeam(count: 1)

  /// The largest team that can be made.
  public static let largestCount = 256

  /// The number of members.
  public var count: Int { shared.count }

  private let shared: Shared

  /// Starts `count - 1` threads, which sleep while there is nothing to run.
  ///
  /// Where the system starts fewer threads, the team is smaller: that changes how long the work takes, and
  /// nothing else.
  ///
  /// - Precondition: `count` is 1 … ``largestCount``.
  public init(count: Int) {
    precondition(
      count >= 1 && count <= Self.largestCount,
      "ThreadTeam needs 1 to \(Self.largestCount) threads, found \(count).")
    shared = Shared(starting: count)
  }

  deinit { shared.stop() }

  /// The number of processors this process may use.
  public static var availableProcessors: Int {
    // It may be kept to some of them (`taskset`, containers).
    let allowed = Int(eddy_processors())
    let count = allowed > 0 ? allowed : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return min(max(count, 1), largestCount)
  }

  /// Runs `body` once on every member and returns when all are done.
  ///
  /// The body must do nothing that depends on which member comes first: members may write to
  /// disjoint parts of shared memory, and see each other's writes after a barrier.
  public func run(_ body: (Member) -> Void) {
    guard count > 1 else { return body(Member(index: 0, count: 1, shared: shared)) }
    withoutActuallyEscaping(body) { body in
      shared.run(body)
    }
  }

  /// One thread's place in a team.
  public struct Member {
    /// 0 ..< `count`; 0 is the caller of ``ThreadTeam/run(_:)``.
    public let index: Int
    /// The number of members.
    public let count: Int
    fileprivate let shared: Shared

    /// Waits until every member is here.
    public func barrier() {
      if count > 1 { shared.barrier() }
    }

    /// This member's share of `0 ..< total`, cut at multiples of `grain`: contiguous and in the order
    /// of the members.
    package func share(of total: Int, grain: Int = 1) -> Range<Int> {
      let grains = (total + grain - 1) / grain
      let lower = grains * index / count * grain
      let upper = grains * (index + 1) / count * grain
      return min(lower, total)..<min(upper, total)
    }
  }
}

/// What the members of a team share.
///
/// `@unchecked Sendable`: `count` is written before anybody else has this object's members run, and `body` by
/// the caller while every other member sleeps; both are published by `generation` (released by the caller,
/// acquired by the members).
private final class Shared: @unchecked Sendable {
  private(set) var count = 1
  private let generation = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let arrived = Atomic<Int>(0)
  private let phase = Atomic<Int>(0)
  /// Members that sleep until the others have come to a barrier.
  private let waiting = Atomic<Int>(0)
  private var body: ((ThreadTeam.Member) -> Void)?
  private let callers = Lock()
  private let sleepers = Lock()

  /// How often a member looks again, at pauses of 10 to 50 ns, before it sleeps: longer than members mostly wait for each
  /// other. Where other programs want the processors, a member that sleeps runs as soon as the last one has come; one that
  /// yields would first give another program its whole share of time.
  /// Members that outnumber the processors keep each other from them while they look.
  private let spins: Int
  /// Whether who looked last did so in vain.
  private let isCrowded = Atomic<Bool>(false)

  /// Starts threads until there are `count` members, or the system has no more memory than the work may need.
  init(starting count: Int) {
    spins = count > ThreadTeam.availableProcessors ? 100 : 40_000
    guard count > 1 else { return }
    // Stacks must not take the last addresses: the work needs some, too.
    let bytes = 48 << 20
    guard let rest = unsafe mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0),
      unsafe rest != MAP_FAILED
    else { return }
    while self.count < count, start(self.count) { self.count += 1 }
    unsafe _ = munmap(rest, bytes)
  }

  func run(_ newBody: @escaping (ThreadTeam.Member) -> Void) {
    callers.lock()
    body = newBody
    sleepers.lock()
    generation.add(1, ordering: .releasing)
    sleepers.wakeAll()
    sleepers.unlock()
    newBody(ThreadTeam.Member(index: 0, count: count, shared: self))
    barrier()
    body = nil
    callers.unlock()
  }

  func barrier() {
    let mine = phase.load(ordering: .relaxed)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
      arrived.store(0, ordering: .relaxed)
      // Either this sees who waits, or who waits sees this.
      phase.store(mine &+ 1, ordering: .sequentiallyConsistent)
      guard waiting.load(ordering: .sequentiallyConsistent) > 0 else { return }
      sleepers.lock()
      sleepers.wakeAll()
      sleepers.unlock()
      return
    }
    look { phase.load(ordering: .acquiring) != mine }
    guard phase.load(ordering: .acquiring) == mine else { return }
    sleepers.lock()
    waiting.add(1, ordering: .sequentiallyConsistent)
    while phase.load(ordering: .sequentiallyConsistent) == mine { sleepers.sleep() }
    waiting.subtract(1, ordering: .relaxed)
    sleepers.unlock()
  }

  /// Looks for a while whether something has come; for a shorter while where the last look was in vain.
  private func look(_ hasCome: () -> Bool) {
    let wasInVain = isCrowded.load(ordering: .relaxed)
    let limit = wasInVain ? min(spins, 2_000) : spins
    var looks = 0
    while !hasCome(), looks < limit {
      looks += 1
      eddy_pause()
    }
    let isInVain = looks == limit
    if isInVain != wasInVain { isCrowded.store(isInVain, ordering: .relaxed) }
  }

  /// Starts a thread; `false` if the system has none.
  private func start(_ index: Int) -> Bool {
    let context = unsafe Unmanaged.passRetained(Start(shared: self, index: index)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = unsafe pthread_create(
        &thread, nil,
        { context in
          unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().work()
          return nil
        }, context)
    #else
      var thread = pthread_t()
      let status = unsafe pthread_create(
        &thread, nil,
        { context in
          if let context = unsafe context {
            unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().work()
          }
          return nil
        }, context)
    #endif
    guard status == 0 else {
      unsafe Unmanaged<Start>.fromOpaque(context).release()
      return false
    }
    #if canImport(Darwin)
      if let thread = unsafe thread { unsafe pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return true
  }

  func work(_ index: Int) {
    var seen = 0
    while true {
      look { generation.load(ordering: .acquiring) != seen }
      sleepers.lock()
      while generation.load(ordering: .acquiring) == seen, !stopped.load(ordering: .acquiring) {
        sleepers.sleep()
      }
      sleepers.unlock()
      if stopped.load(ordering: .acquiring) { return }
      seen += 1
      body?(ThreadTeam.Member(index: index, count: count, shared: self))
      barrier()
    }
  }

  func stop() {
    sleepers.lock()
    stopped.store(true, ordering: .releasing)
    sleepers.wakeAll()
    sleepers.unlock()
  }
}

/// What a new thread is told.
private final class Start {
  private let shared: Shared
  private let index: Int

  init(shared: Shared, index: Int) {
    self.shared = shared
    self.index = index
  }

  func work() { shared.work(index) }
}

/// A mutex and a condition, at one address for life.
@safe
private final class Lock {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe condition.initialize(to: pthread_cond_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  func lock() { unsafe _ = pthread_mutex_lock(mutex) }
  func unlock() { unsafe _ = pthread_mutex_unlock(mutex) }
  func sleep() { unsafe _ = pthread_cond_wait(condition, mutex) }
  func wakeAll() { unsafe _ = pthread_cond_broadcast(condition) }
}
