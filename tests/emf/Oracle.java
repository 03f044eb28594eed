import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import org.eclipse.emf.common.util.TreeIterator;
import org.eclipse.emf.common.util.URI;
import org.eclipse.emf.ecore.EAttribute;
import org.eclipse.emf.ecore.EDataType;
import org.eclipse.emf.ecore.EEnum;
import org.eclipse.emf.ecore.EGenericType;
import org.eclipse.emf.ecore.EObject;
import org.eclipse.emf.ecore.EPackage;
import org.eclipse.emf.ecore.EReference;
import org.eclipse.emf.ecore.EStructuralFeature;
import org.eclipse.emf.ecore.EcorePackage;
import org.eclipse.emf.ecore.InternalEObject;
import org.eclipse.emf.ecore.resource.Resource;
import org.eclipse.emf.ecore.resource.ResourceSet;
import org.eclipse.emf.ecore.resource.impl.ResourceSetImpl;
import org.eclipse.emf.ecore.util.EcoreUtil;
import org.eclipse.emf.ecore.util.FeatureMap;
import org.eclipse.emf.ecore.util.FeatureMapUtil;
import org.eclipse.emf.ecore.xmi.impl.EcoreResourceFactoryImpl;
import org.eclipse.emf.ecore.xmi.impl.XMIResourceFactoryImpl;
import org.eclipse.emf.ecore.xml.type.XMLTypePackage;

/**
 * What Eclipse EMF makes of a file: its object graph as JSON lines, and the bytes that it writes.
 *
 * <pre>
 * Oracle dump FILE METAMODEL…   the graph on standard output
 * Oracle save FILE METAMODEL…   what EMF writes with default save options
 * Oracle batch LIST             a line each: in TAB graph-out TAB bytes-out TAB metamodel metamodel… [TAB unfollowed-out]
 * </pre>
 *
 * Every reference is followed before saving: EMF writes a reference that nobody followed just as it was read, and
 * unfollowed-out gets that where it differs.
 *
 * A file that EMF does not load gives one line `ERR message` for each error, then the graph of what did load;
 * `batch` writes no bytes for it. `dump` and `save` leave with 1 then.
 */
public final class Oracle {
  private static final String ECORE = EcorePackage.eNS_URI;

  public static void main(String[] args) throws IOException {
    // Dates are written in the zone of the machine: the same one everywhere.
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    if (args.length < 2) {
      System.err.println("usage: Oracle dump|save FILE METAMODEL… | batch LIST");
      System.exit(2);
    }
    if (args[0].equals("batch")) {
      batch(Path.of(args[1]));
      return;
    }
    Loaded loaded = load(args[1], List.of(args).subList(2, args.length)).read();
    byte[] out = args[0].equals("save") ? loaded.bytes() : loaded.graph().getBytes(StandardCharsets.UTF_8);
    if (out != null) {
      System.out.write(out);
      System.out.flush();
    }
    for (String error : loaded.errors) {
      System.err.println(error);
    }
    System.exit(loaded.errors.isEmpty() ? 0 : 1);
  }

  private static void batch(Path list) throws IOException {
    for (String line : Files.readAllLines(list, StandardCharsets.UTF_8)) {
      String[] row = line.split("\t", -1);
      List<String> metamodels = row.length > 3 && !row[3].isBlank() ? List.of(row[3].trim().split(" +")) : List.of();
      Loaded loaded = load(row[0], metamodels).read();
      write(row[1], loaded.graph().getBytes(StandardCharsets.UTF_8));
      byte[] bytes = loaded.bytes();
      if (bytes != null) {
        write(row[2], bytes);
        if (row.length > 4) {
          byte[] unfollowed = load(row[0], metamodels).saved();
          if (!Arrays.equals(bytes, unfollowed)) {
            write(row[4], unfollowed);
          }
        }
      }
    }
  }

  private static void write(String path, byte[] bytes) throws IOException {
    Path out = Path.of(path).toAbsolutePath();
    Files.createDirectories(out.getParent());
    Files.write(out, bytes);
  }

  private static Loaded load(String file, List<String> metamodels) {
    URI uri = URI.createFileURI(new File(file).getAbsolutePath());
    ResourceSet set = resourceSet(uri);
    String folder = uri.trimSegments(1).toString() + "/";
    List<String> errors = new ArrayList<>();
    try {
      for (String metamodel : metamodels) {
        if (!new File(metamodel).getAbsoluteFile().equals(new File(file).getAbsoluteFile())) {
          register(set, metamodel);
        }
      }
    } catch (RuntimeException e) {
      errors.add(message(e, folder));
      return new Loaded(null, errors, folder);
    }
    Resource resource = null;
    try {
      resource = set.getResource(uri, true);
    } catch (RuntimeException | StackOverflowError e) {
      resource = set.getResource(uri, false);
      if (resource == null || resource.getErrors().isEmpty()) {
        errors.add(message(e, folder));
      }
    }
    if (resource != null) {
      for (Resource.Diagnostic error : resource.getErrors()) {
        errors.add(message(error, folder));
      }
    }
    return new Loaded(resource, errors, folder);
  }

  /** A set that knows Ecore, XMLType and nothing else; wherever Ecore.ecore is said to be, it is the built-in one. */
  private static ResourceSet resourceSet(URI file) {
    ResourceSet set = new ResourceSetImpl() {
      @Override
      protected Resource delegatedGetResource(URI uri, boolean loadOnDemand) {
        if (uri.toString().endsWith("/org.eclipse.emf.ecore/model/Ecore.ecore") && !uri.equals(file)) {
          return EcorePackage.eINSTANCE.eResource();
        }
        return super.delegatedGetResource(uri, loadOnDemand);
      }
    };
    Map<String, Object> factories = set.getResourceFactoryRegistry().getExtensionToFactoryMap();
    factories.put("ecore", new EcoreResourceFactoryImpl());
    factories.put("*", new XMIResourceFactoryImpl());
    EPackage.Registry registry = set.getPackageRegistry();
    registry.put(ECORE, EcorePackage.eINSTANCE);
    registry.put(XMLTypePackage.eNS_URI, XMLTypePackage.eINSTANCE);
    return set;
  }

  /** Loads a metamodel and registers each package of it; a package without nsURI has its name as one. */
  private static void register(ResourceSet set, String metamodel) {
    Resource resource = set.getResource(URI.createFileURI(new File(metamodel).getAbsolutePath()), true);
    for (TreeIterator<EObject> all = resource.getAllContents(); all.hasNext(); ) {
      EObject object = all.next();
      if (object instanceof EPackage) {
        EPackage p = (EPackage) object;
        if (p.getNsURI() == null || p.getNsURI().isEmpty()) {
          p.setNsURI(p.getName());
        }
        set.getPackageRegistry().put(p.getNsURI(), p);
      } else if (object instanceof EDataType && !(object instanceof EEnum)) {
        primitive((EDataType) object);
      }
    }
  }

  /** KM3's data types come without an instance class; EMF alone would drop their values. */
  private static void primitive(EDataType type) {
    if (type.getInstanceClassName() != null || type.getName() == null) {
      return;
    }
    switch (type.getName()) {
      case "Boolean": type.setInstanceClassName("java.lang.Boolean"); break;
      case "Integer": type.setInstanceClassName("java.lang.Integer"); break;
      case "String": type.setInstanceClassName("java.lang.String"); break;
      case "Double": case "Real": type.setInstanceClassName("java.lang.Double"); break;
      case "Float": type.setInstanceClassName("java.lang.Float"); break;
      default: break;
    }
  }

  /** The innermost exception's name and text and the place that EMF gives, relative to the file's folder, on one line. */
  private static String message(Object error, String folder) {
    Object innermost = error;
    String place = "";
    for (Object e = error; e != null; e = e instanceof Throwable ? ((Throwable) e).getCause() : null) {
      innermost = e;
      if (place.isEmpty() && e instanceof Resource.Diagnostic && ((Resource.Diagnostic) e).getLine() > 0) {
        Resource.Diagnostic said = (Resource.Diagnostic) e;
        place = " (" + said.getLocation() + ", " + said.getLine() + ", " + said.getColumn() + ")";
      }
    }
    String text = innermost instanceof Throwable ? ((Throwable) innermost).getMessage() : ((Resource.Diagnostic) innermost).getMessage();
    String line = innermost.getClass().getSimpleName() + ": " + text;
    String plain = folder.substring("file:".length());
    return (line.endsWith(place) ? line : line + place)
        .replace(folder, "")
        .replace("file://" + plain, "")
        .replace(plain, "")
        .replaceAll("@[0-9a-f]{4,8}\\b", "")
        .replaceAll("\\s+", " ")
        .trim();
  }

  /** A resource and what was said about it. */
  private static final class Loaded {
    final Resource resource;
    final List<String> errors;
    private final String folder;
    private final StringBuilder graph = new StringBuilder();
    private byte[] bytes;

    Loaded(Resource resource, List<String> errors, String folder) {
      this.resource = resource;
      this.errors = errors;
      this.folder = folder;
    }

    /** Follows every reference, then saves: EMF finds some faults only on the way. */
    Loaded read() {
      if (resource == null) {
        return this;
      }
      try {
        Dump dump = new Dump(resource, graph);
        for (EObject root : resource.getContents()) {
          dump.tree(root);
        }
        if (errors.isEmpty()) {
          bytes = saved();
        }
      } catch (RuntimeException | IOException | StackOverflowError e) {
        errors.add(message(e, folder));
        graph.setLength(0);
      }
      return this;
    }

    byte[] saved() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      resource.save(out, null);
      return out.toByteArray();
    }

    String graph() {
      StringBuilder out = new StringBuilder();
      for (String error : errors) {
        out.append("ERR ").append(error).append('\n');
      }
      return out.append(graph).toString();
    }

    byte[] bytes() {
      return bytes;
    }
  }

  /** Prints one object a line, in document order. */
  private static final class Dump {
    private final Resource resource;
    private final StringBuilder out;

    Dump(Resource resource, StringBuilder out) {
      this.resource = resource;
      this.out = out;
    }

    void tree(EObject root) {
      object(root);
      for (EObject part : root.eContents()) {
        // What another document holds belongs to its graph; a part that is nowhere leaves its place here.
        if (part.eIsProxy()) {
          place(part);
          out.append("}\n");
        } else if (part.eResource() == resource && !implied(part)) {
          tree(part);
        }
      }
    }

    /** A generic type that says no more than the type beside it. */
    private boolean implied(EObject part) {
      if (!(part instanceof EGenericType)) {
        return false;
      }
      String via = part.eContainingFeature().getName();
      if (!via.equals("eGenericType") && !via.equals("eGenericSuperTypes") && !via.equals("eGenericExceptions")) {
        return false;
      }
      EGenericType type = (EGenericType) part;
      return type.getETypeArguments().isEmpty() && type.getETypeParameter() == null;
    }

    private void object(EObject object) {
      place(object);
      for (EStructuralFeature feature : object.eClass().getEAllStructuralFeatures()) {
        feature(object, feature);
      }
      out.append("}\n");
    }

    private void place(EObject object) {
      out.append("{\"id\":");
      string(resource.getURIFragment(object));
      out.append(",\"class\":");
      string(object.eClass().getEPackage().getNsURI() + "#" + object.eClass().getName());
      EObject container = object.eContainer();
      if (container == null || container.eResource() != resource) {
        return;
      }
      EStructuralFeature via = object.eContainingFeature();
      out.append(",\"in\":");
      string(resource.getURIFragment(container));
      out.append(",\"via\":");
      string(via.getName());
      if (via.isMany()) {
        out.append(",\"pos\":").append(((List<?>) container.eGet(via)).indexOf(object));
      }
    }

    private void feature(EObject object, EStructuralFeature feature) {
      if (feature.isTransient() || feature.isDerived() || !object.eIsSet(feature)) {
        return;
      }
      if (feature instanceof EReference && (((EReference) feature).isContainment() || ((EReference) feature).isContainer())) {
        return;
      }
      List<String> values = new ArrayList<>();
      Object value = object.eGet(feature);
      if (feature.isMany() || FeatureMapUtil.isFeatureMap(feature)) {
        for (Object each : (Collection<?>) value) {
          values.add(text(feature, each));
        }
      } else {
        values.add(text(feature, value));
      }
      out.append(',');
      string(feature.getName());
      out.append(":[");
      for (int i = 0; i < values.size(); i++) {
        out.append(i == 0 ? "" : ",");
        string(values.get(i));
      }
      out.append(']');
    }

    private String text(EStructuralFeature feature, Object value) {
      if (value instanceof FeatureMap.Entry) {
        FeatureMap.Entry entry = (FeatureMap.Entry) value;
        return entry.getEStructuralFeature().getName() + "=" + text(entry.getEStructuralFeature(), entry.getValue());
      }
      if (feature instanceof EAttribute) {
        EDataType type = ((EAttribute) feature).getEAttributeType();
        return type.getEPackage().getEFactoryInstance().convertToString(type, value);
      }
      return reference((EObject) value);
    }

    private String reference(EObject target) {
      if (target == null) {
        return null;
      }
      if (target.eIsProxy()) {
        return "?" + relative(((InternalEObject) target).eProxyURI());
      }
      if (target.eResource() == resource) {
        return resource.getURIFragment(target);
      }
      return relative(EcoreUtil.getURI(target));
    }

    private String relative(URI uri) {
      return uri.deresolve(resource.getURI(), true, true, false).toString();
    }

    private void string(String text) {
      if (text == null) {
        out.append("null");
        return;
      }
      out.append('"');
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '"' || c == '\\') {
          out.append('\\').append(c);
        } else if (c < ' ') {
          out.append(String.format("\\u%04x", (int) c));
        } else {
          out.append(c);
        }
      }
      out.append('"');
    }
  }
}
